from types import SimpleNamespace
from typing import Any

import pytest
from pydicom import Dataset, Sequence

from rnapp.io.agents import agent_name, given, recorded
from rnapp.io.dicom_header import tag_text


def instance(**tags: Any) -> Any:
    header = Dataset()
    for tag, value in tags.items():
        setattr(header, tag, value)
    return SimpleNamespace(header=header, text=lambda keyword: tag_text(header, keyword))


def item(**tags: str) -> Dataset:
    found = Dataset()
    for tag, value in tags.items():
        setattr(found, tag, value)
    return found


@pytest.mark.parametrize(("text", "expected"), [
    *((text, True) for text in (
        "Gadovist", "GADOVIST 7.5 ml", "Dotarem 15ml i.v.", "gadobutrol", "KM", "mit KM", "Contrast", "YES", "7 ml",
        "IV",
        "Gd-DTPA", "Gadovist, NaCl 20 ml", "ProHance + saline flush", "C+", "after contrast", "Somebody^Else", "y",
        "0.1 mmol/kg", "0,1 mmol/kg", "Gadovist 1,0 mmol/ml", "Gadovist 0.1 ml/kg", "0.5 mmol/ml Dotarem", "KM gegeben",
        "Gadovist 10 ml, NaCl 20 ml")),
    *((text, False) for text in (
        "ohne KM", "without contrast", "NONE GIVEN", "NONE", "none", "No", "N", "N.A.", "N/A", "NA", "nil", "-",
        "--", ".", "0",
        "0 ml", "NaCl", "NaCl 0.9% 20 ml", "saline", "no contrast", "Not applicable", "kein KM", "keines", "sans",
        "sin contraste",
        "senza mdc", "bez kontrastu", "KM-", "non", "aucun", "ninguno", "nessuno", "geen", "ingen", "brak", "nativ",
        "Buscopan",
        "water", "no gadolinium", "not given", "without Gadovist", "ohne Gadovist", "sérum physiologique",
        "nicht gegeben", "refused", "abgelehnt", "refusé", "declined", "verweigert", "non somministrato", "ej given",
        "ikke givet", "nie podano", "nepodáno", "no administrado", "KM abgelehnt", "Gadovist nicht gegeben",
        "patient refused", "Gadovist abgelehnt", "Gadovist 0 ml", "0.0 ml", "NaCl 20 ml", "KM ohne",
        "contraindicated", "nicht", "ikke", "entfällt")),
    *((text, None) for text in ("", "  ", "UNKNOWN", "unbekannt", "?", "k.A.", "Allergie", "X", "XX", "Test", "FDG",
                                "FDG 5 ml", "Ultravist 100 ml", "Gadovist 1,0 mmol/ml ohne", "Gadovist ohne",
                                "Dotarem sans"))])
def test_the_agent_is_read_by_its_words(text: str, expected: bool | None) -> None:
    assert given(text) is expected
    assert recorded(instance(ContrastBolusAgent=text)) is expected


@pytest.mark.parametrize(("meaning", "expected"), [("Gadobutrol", True), ("None", False), ("", True)])
def test_the_coded_agent_counts(meaning: str, expected: bool) -> None:
    code = Sequence([item(CodeMeaning=meaning, CodeValue="1")])
    assert recorded(instance(ContrastBolusAgentSequence=code)) is expected


@pytest.mark.parametrize(("frames", "expected"), [
    (("NO", "NO"), False), (("YES", "YES"), True), (("NO", "YES"), None), (("", ""), None)])
def test_what_the_frames_of_an_enhanced_object_say_outweighs_the_agent(frames: tuple[str, str],
                                                                       expected: bool | None) -> None:
    groups = []
    for said in frames:
        group = Dataset()
        group.ContrastBolusUsageSequence = Sequence([item(ContrastBolusAgentAdministered=said)])
        groups.append(group)
    assert recorded(instance(PerFrameFunctionalGroupsSequence=Sequence(groups))) is expected
    both = instance(PerFrameFunctionalGroupsSequence=Sequence(groups), ContrastBolusAgent="Gadovist")
    assert recorded(both) is (True if expected is None else expected)


def test_shared_groups_count_too_and_a_phase_before_contrast_denies_it() -> None:
    group = Dataset()
    group.ContrastBolusUsageSequence = Sequence([item(ContrastBolusAgentPhase="PRE_CONTRAST")])
    assert recorded(instance(SharedFunctionalGroupsSequence=Sequence([group]), ContrastBolusAgent="Gadovist")) is False


@pytest.mark.parametrize(("text", "name"), [
    ("Gadovist 7 ml", "gadovist"), ("KM Dotarem", "dotarem"), ("KM", "km"), ("given by Dr Jane Doe", ""), ("7 ml", "")])
def test_only_known_names_are_shown(text: str, name: str) -> None:
    assert agent_name(instance(ContrastBolusAgent=text)) == name
