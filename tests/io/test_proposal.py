from dataclasses import replace
from pathlib import Path

import pytest

from rnapp.io.proposal import DERIVED, FAR_REGION, OTHER_REGION, REFORMATTED, propose, reason, why_none
from rnapp.types import Series

T1CE = Series("1", "t1 mprage", "MR", "T1CE", (Path("a"),), (256, 256, 192), (1.0, 1.0, 1.0), contrast=True,
              date="2024-05-01", time="14:32:00", number=7, facts=("T1", "3D", "agent recorded: gadobutrol", "14:32"))
THICK = (0.5, 0.5, 5.0)


def chosen(*series: Series) -> str:
    """The uid of the proposed series, whatever the order and the uids."""
    found = [propose(order) for order in (series, series[::-1])]
    assert found[0] == found[1]
    renamed = {f"{9 - place}": one for place, one in enumerate(series)}
    other = propose([replace(one, uid=uid) for uid, one in renamed.items()])
    assert other is not None
    assert found[0] is not None
    assert renamed[other.uid].uid == found[0].uid
    return found[0].uid


@pytest.mark.parametrize(("better", "worse"), [
    ({"time": "12:15:00"}, {"time": "11:50:00"}), ({"time": "", "number": 12}, {"time": "", "number": 3}),
    ({"time": "12:15:00", "spacing": THICK}, {"time": "11:50:00"}),
    ({"time": "12:15:00", "date": "2024-05-02"}, {"time": "13:00:00"}),
    ({"description": "t1 KM"}, {"description": "t1", "time": "15:00:00"}),
    ({"description": "t1 KM", "time": "12:00:00"}, {"description": "t1 KM", "time": "15:00:00", "spacing": THICK}),
    ({}, {"kind": "T1", "contrast": False, "time": "15:00:00"}),
    ({"description": "MR Gd", "kind": "unknown"}, {"kind": "T1", "contrast": None}),
    ({"kind": "T1", "contrast": None}, {"kind": "unknown", "contrast": None}),
    ({"kind": "unknown", "contrast": None}, {"kind": "T1", "contrast": False}),
    ({"description": "t1 KM"}, {"description": "t1 KM", "contrast": False}),
    ({"time": "12:00:00"}, {"facts": (REFORMATTED,), "time": "13:00:00"}),
    ({"time": "12:00:00"}, {"facts": (DERIVED,), "time": "13:00:00"}),
    ({"facts": (REFORMATTED,)}, {"kind": "T1", "contrast": None}),
    ({"facts": (DERIVED,), "time": "12:00:00"}, {"facts": (REFORMATTED,), "time": "13:00:00"}),
    ({"time": "12:00:00"}, {"facts": (f"{OTHER_REGION} (neck)",), "time": "13:00:00"}),
    ({"kind": "T1", "contrast": False}, {"facts": (f"{FAR_REGION} (knee)",)}),
    ({"kind": "T1", "contrast": False}, {"kind": "other"}), ({"kind": "T1", "contrast": False}, {"unusable": "why"}),
    ({"description": "t1"}, {"description": "t1 mpr tra"}),
    ({"description": "t1 KM"}, {"description": "ax mpr t1 KM", "time": "15:00:00"}),
    ({"description": "t1_mpr_sag_KM"}, {"description": "t1 se KM", "spacing": THICK, "time": "15:00:00"})])
def test_the_better_series_wins(better: dict[str, object], worse: dict[str, object]) -> None:
    assert chosen(replace(T1CE, uid="good", **better), replace(T1CE, uid="bad", **worse)) == "good"  # type: ignore[arg-type]


def test_copies_are_proposed_where_there_is_nothing_else() -> None:
    assert propose([replace(T1CE, facts=(REFORMATTED,))])
    assert propose([replace(T1CE, facts=(f"{OTHER_REGION} (neck)",))])
    assert propose([replace(T1CE, facts=(f"{FAR_REGION} (knee)",))]) is None


@pytest.mark.parametrize(("others", "end"), [
    ((), "14:32."), (({"time": "11:00:00"},), "14:32; the later of two."),
    (({"time": "11:00:00"}, {"time": "10:00:00"}), "14:32; the later of three."),
    (({"kind": "T1", "contrast": None},), "14:32; the only T1 with contrast."),
    (({"date": "2020-01-01"},), "14:32; the newest of two."),
    (({"spacing": THICK},), "14:32; the thinnest slices of two."),
    (({"facts": (REFORMATTED,)},), "14:32; an original, not a copy."),
    (({},), "14:32; the first of two that look the same."),
    (({"kind": "other"},), "14:32."), (({"unusable": "why"},), "14:32.")])
def test_the_reason_is_one_line(others: tuple[dict[str, object], ...], end: str) -> None:
    series = [T1CE, *(replace(T1CE, uid=f"o{n}", **one) for n, one in enumerate(others))]  # type: ignore[arg-type]
    assert reason(T1CE, series) == f"Proposed: T1, 3D, agent recorded: gadobutrol, {end}"


def test_the_reason_is_silent_on_exports_that_call_everything_derived() -> None:
    series = replace(T1CE, facts=(*T1CE.facts, DERIVED))
    assert reason(series, [series]) == "Proposed: T1, 3D, agent recorded: gadobutrol, 14:32."


def test_why_nothing_is_proposed() -> None:
    flair = replace(T1CE, uid="2", kind="FLAIR", description="ax flair")
    knee = replace(T1CE, uid="3", facts=(f"{FAR_REGION} (knee)",))
    cut = replace(T1CE, uid="4", unusable="It is cut.")
    assert why_none([cut]) == why_none([cut, replace(cut, uid="5")]) == "It is cut."
    assert why_none([flair]) == "This series is a FLAIR, not a T1 after contrast; choose it yourself if that is wrong."
    assert "scan of another region (knee)" in why_none([knee])
    several = why_none([flair, knee, cut, replace(cut, uid="5")])
    assert several.startswith("None of the 4 series can be proposed as a T1CE of the head. ")
    assert several.count("It is cut.") == 1
    assert "see the reason" not in several
    assert "ax flair" not in several
