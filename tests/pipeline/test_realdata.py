"""Real scans through the whole pipeline, where they lie beside the checkout (never part of it)."""

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from rnapp import pipeline
from rnapp.errors import InputError, MaskError
from rnapp.geometry import resample_mask
from rnapp.pipeline.resources import Resources
from rnapp.tasks.metastasis.question import QUESTION
from rnapp.tasks.metastasis.task import METASTASIS
from rnapp.types import Atlas, Confirmed, Prepared, sentences
from tests.conftest import dice

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
pytestmark = [pytest.mark.realdata,
              pytest.mark.skipif(not DATA.is_dir(), reason="the real scans are not beside this checkout")]


@pytest.fixture(scope="module")
def resources(quick_resources: Resources) -> Resources:
    """The networks run in the quickest way there is."""
    return quick_resources


def prepared(paths: list[str], resources: Resources) -> Prepared:
    """A real study, opened and prepared as the command line does."""
    study, inputs = pipeline.read_inputs([DATA / path for path in paths], METASTASIS)
    cautions = pipeline.study_cautions(study, [one.series.uid for one in inputs.values()])
    return pipeline.prepare(inputs, resources, cautions=cautions)


def test_two_lesions(resources: Resources, atlas: Atlas) -> None:
    study = prepared(["t1ce_head_two_lesions/brain1_image.nrrd"], resources)
    assert dice(study.brain_mask.array, atlas.brain_mask.array) >= 0.93
    mask = pipeline.read_mask(DATA / "t1ce_head_two_lesions/brain1_label.nrrd")
    found = pipeline.find_lesions(study, mask, METASTASIS)
    assert [lesion.side for lesion in found.lesions] == ["left", "left"]
    assert np.array_equal(found.native.array > 0, mask.array > 0)
    reading = pipeline.analyse(study, found, QUESTION.unknown, resources)
    why = [[caution.code for caution in one.trust.because] for one in reading.answers if one.trust]
    assert why == [["unlike_training"], ["unlike_training"]]
    assert [one.prediction for one in reading.answers] == [None, None], "it knows synthetic lesions alone"
    word = Confirmed("unlike_training", None, "known to both readers")
    shown = pipeline.analyse(study, found, QUESTION.unknown, resources, confirmed=[word])
    assert all(0 < one.given.probability < 1 for one in shown.answers)
    assert any("6.5 mm" in warning for warning in sentences(study.cautions))


def test_thick_slices(resources: Resources) -> None:
    study = prepared(["t1ce_head_thick_slices"], resources)
    truth = pipeline.read_mask(DATA / "t1ce_head_thick_slices/bet_tcia_example_t1c_mask.nii.gz")
    assert dice(pipeline.native_brain_mask(study).array, truth.array > 0) >= 0.96
    assert study.quality.good


def test_oblique_dicom_without_contrast(resources: Resources, atlas: Atlas) -> None:
    study = prepared(["dicom_mprage"], resources)
    assert dice(study.brain_mask.array, atlas.brain_mask.array) >= 0.93
    assert any("No contrast agent" in warning for warning in sentences(study.cautions))


def test_already_stripped_with_several_labels(resources: Resources) -> None:
    study = prepared(["t1ce_sri24_ring/t1c.nii.gz"], resources)
    assert study.quality.good
    assert study.quality.dice > 0.95, "turned by 8° and 5 % too large where it came from (0.90)"
    assert any("already skull-stripped" in warning for warning in sentences(study.cautions))
    mask = pipeline.read_mask(DATA / "t1ce_sri24_ring/seg-BraTS23_1.nii.gz")
    with pytest.raises(MaskError, match="several labels \\(1, 2, 3\\)"):
        pipeline.find_lesions(study, mask, METASTASIS)
    whole = pipeline.find_lesions(study, mask, METASTASIS, frozenset({1, 2, 3}))
    assert any("64 mm" in warning for warning in sentences(whole.lesions[0].cautions))
    assert pipeline.find_lesions(study, mask, METASTASIS, frozenset({1, 3})).lesions


def test_two_patient_positions_land_the_same_way_round(resources: Resources, atlas: Atlas,
                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    """With the atlas' brain: HD-BET sees a head only after it was registered, so it cannot turn one round."""
    monkeypatch.setattr(import_module("rnapp.pipeline.prepare"), "brain_mask",
                        lambda head, *_: resample_mask(atlas.brain_mask, head))
    supine, lying = (prepared([f"dicom_orientation/{position}"], resources) for position in ("HFS", "HFDR"))
    both = supine.brain_mask.array & lying.brain_mask.array
    both &= both[::-1]

    def likeness(a: np.ndarray, b: np.ndarray) -> float:
        return float(np.corrcoef(a[both], b[both])[0, 1])

    right_way = likeness(supine.image.array, lying.image.array)
    assert right_way > 0.6
    assert right_way > likeness(supine.image.array, lying.image.array[::-1]) + 0.1


@pytest.mark.parametrize("folder", [
    "dicom_transfer_syntaxes", "dicom_edge/MR2_UNCR.dcm", "dicom_edge/MR-SIEMENS-DICOM-WithOverlays.dcm",
    "dicom_edge/emri_small.dcm", "dicom_edge/emri_small_jpeg_2k_lossless_too_short.dcm", "dicom_seg/ct_image.dcm",
    "dicom_seg/seg_image_ct_binary.dcm", "rt_dose_phantom/CT_3mm", "rt_dose_edge", "dicom_edge",
    "dicom_geometry/failing/notavolume", "dicom_geometry/failing/slicecount",
    "dicom_geometry/failing/sliceincrement/001", "dicom_geometry/failing/sliceincrement/002",
    "dicom_geometry/failing/sliceorientation",
    "dicom_geometry/ge/anatomical/001", "dicom_geometry/siemens/anatomical/001",
    "dicom_geometry/philips_enhanced/anatomical/001",
])
def test_everything_else_gets_a_sentence(folder: str, resources: Resources) -> None:
    with pytest.raises(InputError) as refused:
        prepared([folder], resources)
    assert str(refused.value).endswith(".")
    assert "\n" not in str(refused.value)
