"""What words say of a sequence: T1, T2, FLAIR or other, and what is no picture of tissue by itself."""

import re
from itertools import pairwise

from rnapp.io.plain_words import word_set
from rnapp.types import SequenceKind

_PLANE = word_set("ax axial axiaal axiale sag sagittal sagittale sagital cor coronal coronale coronaal koronar kor tra "
                  "trans transversal obl oblique")
_T1 = r"(?:3d|2d|ax|sag|cor|tra|s|e|wip)?t1(?:weighted|w|wi)?"
_T1_WORD = re.compile(
    rf"{_T1}(?:ce?|gddtpa|gado\w*|gad|gd|[mop]?km|n|pre|post|inj(?:e[ckt]\w*)?|mdc|civ|contrast\w*|kontrast\w*|nativ\w*|nat|"
    r"wo|3d|ax|sag|cor|tra|fs|se|tse|fse|ffe|tfe|gre|flash|mprage|mpr|vibe|spgr|fspgr|bravo|space|cube|vista|flair)*|"
    rf"(?:gd|ce){_T1}|(?:3d)?mprage|mp2rage|bravo|f?spgr|e?thrive|"
    # Always T1-weighted in the head, whatever is left unsaid.
    r"(?:3d|ax|cor|sag|tra|star)?vibe|(?:3d)?lava|tfl3d|t1tfe")
_T1_SIMPLE = re.compile(_T1)
_T2_WORD = re.compile(r"(?:3d|2d|ax|sag|cor|tra|s|e|wip)?t2(?:weighted|w|wi|tse|fse)?")
_FLAIR_WORD = re.compile(r"\w*flair\w*|darkfluid|t2f|tirm")
# Apart by blanks, in the languages of rnapp.io.language_words. No "planning" and no "localisation": a scan for
# stereotaxy is often just that.
_OTHER_METHODS = (
    r"dwi diff d[iy]f+u[sz]\w* adc dti ep2d epi perf\w* pwi permeab\w* kep iauc\w* ktrans dsc dce asl pcasl bold "
    r"fmri swi swan t2star tof \w*angio(?!m|bl|s|per)\w* \w*(?:ven|wen|arteri|phleb|fleb)ogra\w* (?:ce)?mr[av] "
    r"tricks \w*(?:spe[ck]tr|spettr)o\w* csi mrsi? svs r?cbv r?cbf mtt ttp tmax b0 b1000 trace\w* colfa pd pdw stir "
    r"inv[12] ciss fiesta\w* trufi ssfp pdff")
_LOCALISERS = (
    r"loc \w*lo[ck]ali[sz]+(?:er|ator|ateur|ador|atore)\w* reperage\w* topogram\w* uebersicht\w* oversi[gk]t\w* "
    r"oeversikt\w* posizionamento centratura \w*scout\w* survey calibration")
_MAPS = (
    r"fieldmap t[12]maps? maps? mapping\w* \w*kart(?:e|en|ierung|ering|a|laegg\w*) kaart\w* carte cartograph\w* "
    r"mapp?age mapp?[ae] mapeo mapeamento mapowani\w* mapovani\w*")
_PICTURES = (
    r"mip\w* minip screen(?:shot|save|capture|grab|dump)s? capture captura cattura bildschirm\w* schermafb\w* "
    r"schermata skaerm\w* zrzut ekranu obrazovk\w* ecran pantalla overla[yi]\w* ueberlager\w* superpos\w* "
    r"surimpress\w* sovrapp\w* sobrepos\w* nakladk\w* naklada\w* fus(?:ed|ion\w*|ao|ie) fuz(?:e|ja) colou?r\w* "
    r"farb(?:e|en|ig\w*|kodiert\w*) couleur\w* kleur\w* vrt mpvr \w*render\w* "
    r"segment(?:ation|ierung|acion|azione|acao|acja|ace|ering|atie)\w* projection")
_OTHER_WORD = re.compile("|".join(f"{_OTHER_METHODS} {_LOCALISERS} {_MAPS} {_PICTURES}".split()))

# With contrast minus without, in the languages of rnapp.io.language_words.
_SUBTRACTION = re.compile(
    r"subs?|\w*subtr\w*|substra\w*|substrak\w*|\w*soustr\w*|sottr\w*|sustrac\w*|sustra[ci]\w*|resta|odejm\w*|odec[et]\w*|"
    r"aftrek\w*|differen[czt]\w*|diferenc\w*|roznic\w*")
_DIXON = re.compile(r"\w*dixon\w*|dix|ideal|flex|lava|idealiq")
_FAT = re.compile(r"f|fo|fat|fett|fedt|graisse|grasa|grasso|gordura|vet|tluszcz\w*|tuk\w*|fatonly|fatimage\w*")
_OPPOSED = re.compile(r"op|opp|oop|opposed|opposedphase|outphase|outofphase|oppphase|gegenphase")
_OPPOSED_PHRASES = ("opp phase", "out phase", "out of phase", "opposed phase", "opposite phase", "opposing phase",
                    "hors phase", "opposition de phase", "fuera de fase", "fuori fase", "fora de fase")
_FAT_PHRASES = ("fat only", "fat image", "fat images", "only fat")
# "delayed phase" is a time, "in phase" a picture of tissue; any other phase is no picture of tissue.
_WHEN = word_set("en in delayed delay late early venous arterial portal equilibrium steady tardive veineuse arterielle "
                 "portale spaete spaet venoese contrast post enhanced nephrographic parenchymal interstitial")
_REFORMATTED = re.compile(
    r"r[ei]format\w*|refmt|rfmt|umformat\w*|przeformat\w*|omgeformat\w*|reslice\w*|resampl\w*|csaparallel|coregist\w*|cpr|"
    r"mpvr|multiplana\w*|reco|recons?|re[ck]onstr\w*|ricostru\w*|wtorn\w*")
# "AIR Recon DL" is how the original was computed; a radial VIBE how it was acquired.
_COMPUTED = word_set("dl air deep ai")
_RADIAL = re.compile(r"radial\w*|radiaer\w*|radiaal")
_RADIAL_SEQUENCE = re.compile(r"\w*(?:vibe|blade|propeller|multivane|gre|ute|lava)")
SUBTRACTION, FAT, OPPOSED = "a subtraction", "a fat image", "an opposed-phase image"


def says_kind(said: tuple[str, ...]) -> SequenceKind | None:
    """T1, T2, FLAIR or other, as the words say; None if they are silent or contradict each other."""
    if says_no_tissue(said) or any(_OTHER_WORD.fullmatch(word) for word in _joined(said)) or _is_phase(said):
        return "other"
    t1 = any(_T1_WORD.fullmatch(word) for word in said)
    if not t1 and any(_FLAIR_WORD.fullmatch(word) for word in said):
        return "FLAIR"
    t2 = any(_T2_WORD.fullmatch(word) for word in said)
    if not t1 and not t2 and _is_asset_or_anisotropy(said):
        return "other"
    if t1 == t2:
        return None
    return "T1" if t1 else "T2"


def says_no_tissue(said: tuple[str, ...]) -> str | None:
    """"a subtraction", "a fat image" or "an opposed-phase image", where the words say so."""
    text = f" {' '.join(said)} "
    # French "sous" is short for soustraction at the end, elsewhere "under".
    if any(_SUBTRACTION.fullmatch(word) for word in said) or "minus" in said[:-1] or _at_end(said, "sous"):
        return SUBTRACTION
    dixon = any(_DIXON.fullmatch(word) for word in said)
    if any(f" {phrase} " in text for phrase in _OPPOSED_PHRASES) or any(
            _OPPOSED.fullmatch(word) and (dixon or len(word) > 2) for word in said):
        return OPPOSED
    if any(f" {phrase} " in text for phrase in _FAT_PHRASES) or (dixon and _is_fat(said)):
        return FAT
    return None


def _is_fat(said: tuple[str, ...]) -> bool:
    """Of a Dixon series: the fat image, named at the end, at the start or right behind the technique."""
    named = (said[0], said[-1], *(after for before, after in pairwise(said) if _DIXON.fullmatch(before)))
    suppressed = any(before == "fat" and after.startswith(("sat", "supp")) for before, after in pairwise(said))
    return not suppressed and any(_FAT.fullmatch(word) for word in named)


def says_reformatted(said: tuple[str, ...]) -> bool:
    """Whether the words call the series a copy on other planes. "MPR" first or behind "T1" does not: it is short for
    MPRAGE there."""
    if not _COMPUTED.isdisjoint(said):
        said = tuple(word for word in said if not word.startswith("reco"))
    if any(_REFORMATTED.fullmatch(word) for word in said) or _is_mpr(said):
        return True
    return _beside_plane(said, "ref") or (any(_RADIAL.fullmatch(word) for word in said)
                                          and not any(_RADIAL_SEQUENCE.fullmatch(word) for word in said))


def _joined(said: tuple[str, ...]) -> tuple[str, ...]:
    """With "screen shot" and "INV 1" as one word too."""
    return (*said, *(before + after for before, after in pairwise(said) if before in ("screen", "inv")))


def _at_end(said: tuple[str, ...], word: str) -> bool:
    """Whether the word stands at the end or before the plane only."""
    return any(one == word and set(said[place + 1:]) <= _PLANE for place, one in enumerate(said))


def _is_mpr(said: tuple[str, ...]) -> bool:
    """"T1 MPRAGE KM MPR cor", "T1 KM MPR": not "t1_mpr_sag_KM", nor "sag T1 3D MPR"."""
    return any(word in ("mpr", "mprs") and any(one not in _PLANE | {"3d"} and not _T1_SIMPLE.fullmatch(one)
                                               for one in said[:place]) for place, word in enumerate(said))


def _beside_plane(said: tuple[str, ...], word: str) -> bool:
    return any((one == word and other in _PLANE) or (other == word and one in _PLANE) for one, other in pairwise(said))


def _is_phase(said: tuple[str, ...]) -> bool:
    padded = ("", *said, "")
    return any(word == "phase" and before not in _WHEN and after not in _WHEN - {"contrast"}
               for before, word, after in zip(padded, padded[1:], padded[2:], strict=False))


def _is_asset_or_anisotropy(said: tuple[str, ...]) -> bool:
    """Beside no sequence, ASSET is a calibration and FA without a number (a flip angle) fractional anisotropy."""
    return "asset" in said or any(word == "fa" and not after.isdigit() for word, after in pairwise((*said, "")))
