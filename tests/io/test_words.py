import subprocess
import sys
import time
import unicodedata

import pytest

from rnapp.io.words import (
    names_elsewhere,
    names_far,
    says_contrast,
    says_dose,
    says_head,
    says_kind,
    says_mask,
    says_no_tissue,
    says_reformatted,
    words,
)
from tests.io.contrast_phrases import NO, SILENT, YES, phrases

DENIED = [phrase for table in NO.values() for phrase in phrases(table)]
AFFIRMED = [phrase for table in YES.values() for phrase in phrases(table)]


def misheard(texts: list[str], expected: bool | None) -> list[str]:
    """Of hundreds of phrases, which would take longer as a test each."""
    return [text for text in texts if says_contrast(words(text)) is not expected]


def test_contrast_is_heard() -> None:
    assert misheard(AFFIRMED, True) == []


def test_absence_of_contrast_is_heard() -> None:
    assert misheard(DENIED, False) == []


def test_what_says_nothing_about_contrast_is_silent() -> None:
    assert misheard(phrases(SILENT), None) == []


@pytest.mark.parametrize(("texts", "expected"), [(AFFIRMED, True), (DENIED, False), (phrases(SILENT), None)])
def test_spelling_does_not_matter(texts: list[str], expected: bool | None) -> None:
    """Upper case, decomposed accents, underscores for blanks."""
    for text in texts:
        for form in (text.upper(), text.lower(), unicodedata.normalize("NFD", text), text.replace(" ", "_")):
            assert says_contrast(words(form)) is expected, form


def test_every_language_affirms_and_denies() -> None:
    assert YES.keys() == NO.keys()
    assert len(YES) == 11 + 1  # and a mixture of them


def test_endless_text_is_read_no_further_than_needed() -> None:
    start = time.perf_counter()
    for text in ("ohne " * 100_000, "before the a of " * 50_000, "(" * 500_000 + "+", " " * 500_000):
        says_contrast(words(text))
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize(("text", "kind"), [
    ("SAG MPRAGE 220 FOV", "T1"), ("t1_fl2d_sag", "T1"), ("T1W/SE/1024", "T1"), ("AX T1 FLAIR", "T1"),
    ("T1FLAIR", "T1"),
    ("ax t2 flair", "FLAIR"), ("t2f", "FLAIR"), ("T2 TSE", "T2"), ("t2w", "T2"), ("ep2d_diff ADC", "other"),
    ("3-plane localizer", "other"), ("perfusion", "other"), ("T1 SUB", "other"), ("brain1_image", None),
    ("T1 and T2", None), ("t1c", "T1"), ("t1ce", "T1"), ("t1n", "T1"), ("T1 prä KM", "T1"), ("T1oKM", "T1"),
    ("T1 BRAVO ASSET POST", "T1"), ("ASSET calibration", "other"), ("ASSET", "other"), ("T1 KM delayed phase", "T1"),
    ("T1 KM phase tardive", "T1"), ("t1_vibe_in_phase", "T1"), ("phase", "other"), ("T1 phase contrast", "other"),
    ("T1 FA 8", "T1"), ("SPGR FA 15", "T1"), ("FA", "other"), ("DTI FA", "other"), ("FA 8", None), ("T1 map", "other"),
    ("T1 weighted", "T1"), ("T1Gado", "T1"), ("t1_mpr_sag_KM", "T1"), ("T1 KM MIP", "other"),
    ("T1 KM Subtraktion", "other"), ("t1_vibe_dixon_KM_F", "other"), ("t1_vibe_dixon_KM_W", "T1"), ("", None)])
def test_sequence_is_heard(text: str, kind: str | None) -> None:
    assert says_kind(words(text)) == kind


@pytest.mark.parametrize("text", [
    "T1 SUB", "T1 KM Subtraktion", "Soustraction T1 Gd", "sottrazione T1", "T1 sustracción", "T1 substracción",
    "subtração T1",
    "T1 odejmowanie", "subtrakce T1", "T1 subtractie", "T1 post minus pre", "T1 KM-nativ subtr", "T1 resta",
    "T1_SUBTRACTION",
    "T1 KM Differenz", "T1 post-pre difference", "soustr gado", "T1 subtrahiert"])
def test_subtractions_are_heard(text: str) -> None:
    assert says_no_tissue(words(text)) == "a subtraction"
    assert says_kind(words(text)) == "other"


@pytest.mark.parametrize(("text", "what"), [
    ("t1_vibe_dixon_KM_F", "a fat image"), ("T1 mDIXON F", "a fat image"), ("FAT: Ax LAVA Flex+C", "a fat image"),
    ("T1 dixon fat", "a fat image"), ("T1 fat only", "a fat image"), ("t1_vibe_dixon_tra_opp",
    "an opposed-phase image"),
    ("T1 mDIXON OP", "an opposed-phase image"), ("T1 opp_phase KM", "an opposed-phase image"),
    ("OutPhase: Ax LAVA-Flex+C", "an opposed-phase image"), ("T1 out of phase", "an opposed-phase image"),
    ("t1_vibe_dixon_KM_W", None), ("T1 mDIXON IP", None), ("WATER: Ax LAVA Flex+C", None), ("T1 fat sat KM", None),
    ("FAT SAT T1 dixon W", None), ("T1 dixon fat sat", None), ("T1 FS", None), ("T1 post op", None), ("T1 F", None),
    ("T1 substance", None), ("subject T1", None), ("InPhase: LAVA Flex", None), ("T1 KM minus", None)])
def test_fat_and_opposed_phase_are_heard(text: str, what: str | None) -> None:
    assert says_no_tissue(words(text)) == what


def test_reformatted_copies_are_heard() -> None:
    assert says_reformatted(words("T1 KM REFORMAT cor"))
    assert says_reformatted(words("T1 resliced"))
    assert not says_reformatted(words("t1_mpr_sag"))


@pytest.mark.parametrize("text", [
    "OPP T1 KM", "T1 mDIXON KM FO", "T1 mDIXON KM fedt", "T1 dixon KM tłuszcz", "T1 dixon KM tuk", "T1 GADO SOUS",
    "T1 KM - T1", "T1 post - T1 pre", "PWI KM", "T1 mapping KM", "MP2RAGE INV1 KM", "Venographie KM", "T1 KM VRT",
    "T1 KM color overlay", "T1 KM segmentation", "Lokalisator KM", "repérage gado", "T1 KM Segmentierung",
    "localizador T1", "localizzatore T1", "lokalizator T1", "lokaliserare T1", "T1 Karte KM", "carte T1 gado",
    "mappa T1 mdc", "mapa T1 contraste", "kaart T1", "T1 mapowanie", "mapování T1", "venografia T1",
    "wenografia KM", "flebografi", "Phlebographie KM", "angiographie gado", "angiografía", "Arteriographie",
    "Überlagerung T1 KM", "T1 KM Farbe", "T1 KM Fusion", "fusione T1 mdc", "T1 KM superposition", "spektroskopie",
    "spettroscopia", "espectroscopia", "perfuzja", "perfusione", "difusão", "Diffusion", "dyfuzja", "dyfuze",
    "screenshot T1 KM", "T1 KM Bildschirmfoto", "screen save", "T1 KM screensave", "capture T1", "zrzut ekranu T1",
    "copie écran T1", "Übersicht T1", "oversigt", "översikt T1", "T1 KM 3D rendering"])
def test_what_is_no_t1_of_tissue_is_heard(text: str) -> None:
    for form in (text, text.upper(), text.replace(" ", "_")):
        assert says_kind(words(form)) == "other", form


@pytest.mark.parametrize("text", [
    "T1 KM", "T1 sous contraste", "VIBE KM", "3D VIBE", "LAVA KM", "eTHRIVE", "MP2RAGE UNI KM", "T1 KM hemangioma",
    "T1 KM hemangioblastoma", "T1 post op", "T1 KM Bestrahlungsplanung", "T1 KM Planung",
    "T1 KM stereotaktische Lokalisation", "T1 KM Neuronavigation", "sub-01_ce-gadolinium_T1w", "sub-01_ses-02_T1w",
    "T1 KM angioma", "sub-con12_T1w", "T1 - KM", "T1 KM - cor", "T1 KM segmented", "T1 KM map2", "t1 TFE",
    "t1 op KM", "T1 KM kort", "T1 Injury", "T1 KM Screening", "pilot_t1ce"])
def test_what_only_sounds_like_it_stays_t1(text: str) -> None:
    for form in (text, text.upper(), text.replace(" ", "_")):
        assert says_kind(words(form)) == "T1", form


@pytest.mark.parametrize("text", [
    "T1 MPRAGE KM MPR cor", "T1 KM MPR cor", "T1 KM COR REF", "T1 KM RECON COR", "T1 KM Rekonstruktion",
    "T1 KM Radial", "T1 mdc riformattata", "T1 gado reconstruction", "reconstrucción cor T1", "reconstrução",
    "reconstructie", "rekonstrukcja", "rekonstrukce", "ricostruzione", "T1 KM reformatage", "T1 reformatação",
    "T1 omgeformatteerd MPR", "VIBE KM MPR", "T1 KM REF TRA", "T1 KM MPRs", "t1_space_KM_MPR"])
def test_copies_on_other_planes_are_heard(text: str) -> None:
    assert says_reformatted(words(text))


@pytest.mark.parametrize("text", [
    "T1 MPRAGE KM", "t1_mpr_sag_KM", "mpr_sag_KM", "sag T1 3D MPR KM", "T1 KM recon DL", "AIR Recon DL T1 +C",
    "t1_vibe_radial KM", "StarVIBE radial", "ref T1", "T1 KM record", "t1_mpr_ns_sag_iso_KM", "T1 KM REF-Nr 3",
    "3D T1 MPRAGE", "cor t1_mpr"])
def test_originals_are_no_copies(text: str) -> None:
    assert not says_reformatted(words(text))


def test_regions_are_whole_words() -> None:
    assert names_elsewhere(words("MR Schulter links")) == "schulter"
    assert names_elsewhere(words("C-SPINE t1")) == "spine"
    assert names_elsewhere(words("chipmunk handle")) is None
    assert says_head(words("MR-Brain w/o Contrast"))
    assert not says_head(words("brainless"))
    assert says_head(words("RM ENCÉFALO")) and says_head(words("Schädel"))  # noqa: PT018


@pytest.mark.parametrize(("text", "region", "far"), [
    ("HEAD AND NECK", "neck", None), ("CSPINE", "cspine", None), ("brain_lung_met_t1ce", "lung", None),
    ("BREAST METS GK", "breast", None), ("staging lung cancer", "lung", None), ("SHOULDER", "shoulder", "shoulder"),
    ("abdomen^liver", "abdomen", "abdomen"), ("pelvis mets", "pelvis", None), ("brain shoulder", "shoulder", None),
    ("study arm B", "arm", None), ("t1ce", None, None)])
def test_a_far_region_is_not_the_place_of_a_primary(text: str, region: str | None, far: str | None) -> None:
    assert names_elsewhere(words(text)) == region
    assert names_far(words(text)) == far


@pytest.mark.parametrize(("name", "mask"), [
    ("brain1_label", True), ("seg-BraTS23_1", True), ("bet_mask", True), ("brainmask", True), ("t1c_masked", False),
    ("segovia_t1", False), ("labelled_t1", False)])
def test_masks_are_named(name: str, mask: bool) -> None:
    assert says_mask(words(name)) is mask


@pytest.mark.parametrize("text", [
    "t1inj" + "inject" * 160 + "!", "segment" * 140 + "q", "km " * 330, "km was not " * 90, "not given the " * 70,
    "mDIXON wo " * 100, "t1 " * 330 + "nc", "km - t1 " * 120, "0 km " * 200, "sub-1 " * 160, "t1 3d fs " * 110 + "nc"])
def test_no_phrase_takes_for_ever(text: str) -> None:
    start = time.perf_counter()
    said = words(text)
    says_contrast(said)
    says_kind(said)
    says_reformatted(said)
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize("text", ["t1" + "c" * 900 + "q", "t1" + "wocgd" * 150 + "q", "t1" + "nkm" * 250 + "q"])
def test_no_word_takes_for_ever(text: str) -> None:
    """In a separate process: a pattern that tries every way to split such a word would never end."""
    code = "import sys; from rnapp.io.words import says_contrast, says_kind, words; said = words(sys.argv[1]); " \
           "print(says_kind(said), says_contrast(said))"
    ended = subprocess.run([sys.executable, "-c", code, text], capture_output=True, text=True, timeout=30, check=True)
    assert ended.stdout.strip() == "None None"


@pytest.mark.parametrize(("name", "is_dose"), [
    ("rtdose", True), ("Plan_Dose_Gy", True), ("patient1 RTDOSE", True), ("dose_map", True), ("dose", True),
    ("t1_double_dose_gd", False), ("triple dose", False), ("low dose CT", False), ("dosed", False), ("t1", False),
    ("contrast dose", False)])
def test_a_radiotherapy_dose_is_distinguished_from_one_of_contrast_agent(name: str, is_dose: bool) -> None:
    assert says_dose(words(name)) == is_dose
