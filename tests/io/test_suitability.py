"""Each kind of caution on a series has a code of its own, and only a fact that is there is said."""

from dataclasses import replace
from pathlib import Path

import pytest

from rnapp.io.suitability import NO_CONTRAST, contrast_cautions, region_caution, thickness_cautions, with_cautions
from rnapp.types import Caution, SequenceKind, Series, note

SERIES = Series("1", "t1", "MR", "T1", (Path("1"),), (200, 200, 160), (1.0, 1.0, 1.0))


def codes(cautions: tuple[Caution, ...]) -> list[tuple[str, str]]:
    return [(one.code, one.level) for one in cautions]


@pytest.mark.parametrize(("kind", "recorded", "described", "code"), [
    ("T1", None, None, "no_contrast"), ("T1", True, False, "contrast_unclear"), ("T1", False, True, "contrast_unclear"),
    ("unknown", None, None, "no_contrast"), ("T1CE", True, None, ""), ("T1CE", True, True, ""), ("T2", None, None, "")])
def test_contrast(kind: SequenceKind, recorded: bool | None, described: bool | None, code: str) -> None:
    found = contrast_cautions(replace(SERIES, kind=kind), recorded, described)
    assert codes(found) == ([(code, "note")] if code else [])
    assert code != "no_contrast" or str(found[0]) == NO_CONTRAST


def test_thickness_and_region() -> None:
    assert codes(thickness_cautions((1.0, 1.0, 5.5))) == [("thick_slices", "note")]
    assert thickness_cautions((1.0, 1.0, 3.0)) == ()
    assert codes((region_caution("lung"),)) == [("other_region", "note")]


def test_cautions_are_added_at_the_end() -> None:
    first, second = note("a", "A."), note("b", "B.")
    assert with_cautions(with_cautions(SERIES, first), second).cautions == (first, second)
