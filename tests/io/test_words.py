import pytest

from rnapp.io.words import names_elsewhere, says_contrast, says_head, says_kind, says_mask, words


@pytest.mark.parametrize("text", [
    "T1 +C", "t1_mprage_sag_KM", "AX T1 POST", "3D T1 CE", "T1C", "t1ce", "t1gd", "T1-Gd", "t1_post",
    "T1 post contrast",
    "T1w+Gd", "T1 C+", "mprage mit KM", "T1 nach KM", "SPGR GAD", "T1 w/ contrast", "post op T1 gd", "T1 non fs post",
    "sub-01_ce-gadolinium_T1w", "T1 FS post Gd pre op"])
def test_contrast_is_heard(text: str) -> None:
    assert says_contrast(words(text)) is True


@pytest.mark.parametrize("text", [
    "T1 pre", "t1 nativ", "T1 without contrast", "T1 w/o contrast", "T1 W/O", "T1 ohne KM", "vor KM", "precontrast",
    "T1 pre gd", "noncontrast T1", "T1 C-", "t1n", "T1 no contrast", "BRAIN WO CONTRAST", "unenhanced", "pre and post"])
def test_absence_of_contrast_is_heard(text: str) -> None:
    assert says_contrast(words(text)) is False


@pytest.mark.parametrize("text", [
    "T1 MPRAGE", "space", "ice cream", "T1 SCENIC", "distance", "pre op T1", "T1 post srs", "contra", "postal", "agd"])
def test_parts_of_words_say_nothing_about_contrast(text: str) -> None:
    assert says_contrast(words(text)) is None


@pytest.mark.parametrize(("text", "kind"), [
    ("SAG MPRAGE 220 FOV", "T1"), ("t1_fl2d_sag", "T1"), ("T1W/SE/1024", "T1"), ("AX T1 FLAIR", "T1"),
    ("T1FLAIR", "T1"),
    ("ax t2 flair", "FLAIR"), ("t2f", "FLAIR"), ("T2 TSE", "T2"), ("t2w", "T2"), ("ep2d_diff ADC", "other"),
    ("3-plane localizer", "other"), ("perfusion", "other"), ("T1 SUB", "other"), ("brain1_image", None),
    ("T1 and T2", None), ("t1c", "T1"), ("t1ce", "T1"), ("t1n", "T1")])
def test_sequence_is_heard(text: str, kind: str | None) -> None:
    assert says_kind(words(text)) == kind


def test_regions_are_whole_words() -> None:
    assert names_elsewhere(words("MR Schulter links")) == "schulter"
    assert names_elsewhere(words("C-SPINE t1")) == "spine"
    assert names_elsewhere(words("chipmunk handle")) is None
    assert says_head(words("MR-Brain w/o Contrast"))
    assert not says_head(words("brainless"))


@pytest.mark.parametrize(("name", "mask"), [
    ("brain1_label", True), ("seg-BraTS23_1", True), ("bet_mask", True), ("brainmask", True), ("t1c_masked", False),
    ("segovia_t1", False), ("labelled_t1", False)])
def test_masks_are_named(name: str, mask: bool) -> None:
    assert says_mask(words(name)) is mask
