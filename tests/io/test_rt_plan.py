"""What a plan prescribes, with what, and which of its beams treat."""

from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from rnapp.errors import StudyError
from rnapp.io.rt_plan import read_plan, with_target_names
from tests.io.rt_files import PATIENT, write_plan


def test_prescriptions_fractions_and_beams(tmp_path: Path) -> None:
    plan = read_plan(write_plan(
        tmp_path / "plan", "1.2.3", beams=((1, "PHOTON", "TREATMENT"), (2, "PHOTON", "SETUP"), (4, "PHOTON", "")),
        targets=(("PTV", 60.0), ("Boost", 66.0))))
    assert (plan.uid, plan.patient, plan.label, plan.fractions, plan.technique) == ("1.2.3", PATIENT, "Brain", 30,
                                                                                  "photon")
    assert [(one.target, one.dose_gy, one.fractions, one.technique) for one in plan.prescriptions] == [
        ("PTV", 60.0, 30, "photon"), ("Boost", 66.0, 30, "photon")]
    assert plan.prescribed_gy == 66.0
    assert plan.beams == {(1, 1), (1, 4)}, "the beam that sets the patient up gives no dose"


@pytest.mark.parametrize(("radiations", "ion", "technique"), [
    (("PHOTON", "PHOTON"), False, "photon"), (("PROTON",), True, "proton"), (("ION",), True, "other"),
    (("PHOTON", "ELECTRON"), False, "other"), (("PHOTON", "PROTON"), False, "other"), (("ELECTRON",), False, "other"),
    (("",), False, "unknown"), ((), False, "unknown")])
def test_technique(radiations: tuple[str, ...], ion: bool, technique: str, tmp_path: Path) -> None:
    beams = [(number, kind, "TREATMENT") for number, kind in enumerate(radiations, start=1)]
    assert read_plan(write_plan(tmp_path / "plan", "1.2.3", beams, ion=ion)).technique == technique


def test_a_hydrogen_ion_is_a_proton(tmp_path: Path) -> None:
    for mass, technique in ((1, "proton"), (12, "other")):
        beam = Dataset()
        beam.BeamNumber, beam.RadiationType, beam.TreatmentDeliveryType = 1, "ION", "TREATMENT"
        beam.RadiationMassNumber = beam.RadiationAtomicNumber = mass
        plan = read_plan(write_plan(tmp_path / "plan", "1.2.3", ion=True, IonBeamSequence=[beam]))
        assert plan.technique == technique


def test_what_a_plan_does_not_say_is_unknown(tmp_path: Path) -> None:
    plan = read_plan(write_plan(tmp_path / "plan", "1.2.3", targets=(), FractionGroupSequence=[]))
    assert plan.prescribed_gy is None
    assert [(one.dose_gy, one.fractions) for one in plan.prescriptions] == [(None, None)]
    assert read_plan(write_plan(tmp_path / "plan", "1.2.3", targets=(("PTV", 6e4),))).prescribed_gy is None


def test_targets_are_named_as_in_the_structure_set(tmp_path: Path) -> None:
    target, other = Dataset(), Dataset()
    target.DoseReferenceType, target.ReferencedROINumber, target.TargetPrescriptionDose = "TARGET", 7, 20
    other.DoseReferenceType, other.DoseReferenceDescription = "TARGET", "Met 2"
    plan = read_plan(write_plan(tmp_path / "plan", "1.2.3", DoseReferenceSequence=[target, other]))
    named = with_target_names(plan, {7: "GTV left", 8: "Brain"})
    assert [one.target for one in named.prescriptions] == ["GTV left", "Met 2"]
    assert [one.target for one in with_target_names(plan, {}).prescriptions] == ["", "Met 2"]
    without = read_plan(write_plan(tmp_path / "plan", "1.2.3", targets=()))
    assert with_target_names(without, {7: "GTV"}) == without


def test_a_damaged_plan_is_refused(tmp_path: Path) -> None:
    path = write_plan(tmp_path / "plan", "1.2.3")
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(StudyError, match="plan is cut short or damaged"):
        read_plan(path)
