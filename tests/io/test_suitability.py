"""Each kind of caution on a series has its own code, and only facts that apply are reported."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rnapp.io.suitability import (
    IS_MASK,
    MAX_CT_MM,
    NO_CONTRAST,
    contrast_cautions,
    coverage_problem,
    region_caution,
    role_problem,
    thickness_cautions,
    with_cautions,
)
from rnapp.types import Caution, Role, SequenceKind, Series, note

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


@pytest.mark.parametrize(("changed", "scan", "planning", "dose"), [
    ({}, "", "", "not a dose"), ({"kind": "CT", "modality": "CT"}, "This is a CT", "", "not a dose"),
    ({"kind": "dose", "modality": "RTDOSE"}, "This is a dose", "not the scan it was planned on", ""),
    ({"kind": "dose", "modality": "RTDOSE", "unusable": "Not whole."}, "This is a dose", "planned on", "Not whole."),
    ({"kind": "CT", "modality": "CT", "unusable": "Too few."}, "This is a CT", "Too few.", "not a dose"),
    ({"kind": "unknown", "modality": ""}, "", "", ""),
    ({"kind": "dose", "modality": ""}, "This is a dose", "planned on", ""),
    ({"modality": "", "unusable": "Too few slices."}, "Too few", "Too few", ""),
    ({"modality": "", "unusable": IS_MASK}, "a mask", "a mask", "a mask, not a dose")])
def test_what_a_series_is_for(changed: dict[str, Any], scan: str, planning: str, dose: str) -> None:
    series = replace(SERIES, **changed)
    for kind, sentence in (("scan", scan), ("planning", planning), ("dose", dose)):
        found = role_problem(series, Role("x", "X", kind=kind))  # type: ignore[arg-type]
        assert (found is None) if not sentence else sentence in (found or "")


def test_a_planning_ct_may_be_wider_than_a_head() -> None:
    assert "more than a head" in (coverage_problem((512, 512, 200), (1.4, 1.4, 3.0)) or "")
    assert coverage_problem((512, 512, 200), (1.4, 1.4, 3.0), MAX_CT_MM) is None
    assert "more than a head" in (coverage_problem((512, 512, 400), (1.4, 1.4, 3.0), MAX_CT_MM) or "")
