import tracemalloc
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk

from rnapp.errors import MaskError
from rnapp.geometry import to_sitk
from rnapp.io.images import has_few_labels, image_series, open_image
from rnapp.io.labels import counts, read_labels, whole_numbers
from rnapp.io.masks import chosen_mask, named_structures, read_mask, read_mask_file
from rnapp.io.suitability import IS_MASK
from rnapp.types import Volume
from tests.io.io_data import content, oblique
from tests.io.test_nrrd_file import vectors, written

SHAPE = (12, 14, 10)
AFFINE = oblique((1, 1.5, 4), (1, -1, 1))
SCAN = Volume(np.zeros((5, 5, 5)), np.eye(4))


def block(value: float, background: float = 0, dtype: str = "uint16") -> np.ndarray:
    array = np.full(SHAPE, background, dtype)
    array[2:6, 3:9, 2:5] = value
    return array


INSIDE = block(1) > 0


def saved(array: np.ndarray, path: Path) -> Path:
    sitk.WriteImage(to_sitk(Volume(array, AFFINE)), str(path))
    return path


@pytest.mark.parametrize(("low", "high", "number", "said"), [
    (0, 65535, 1, True), (1, 255, 1, True), (1, 65535, 1, True), (0, 255, 255, False), (0, 1, 1, False),
    (0, 7, 7, False), (0, 32767, 32767, False)])
@pytest.mark.parametrize("dtype", ["uint16", "float32"])
def test_binary_masks_of_any_scale_are_taken_and_said(low: int, high: int, number: int, said: bool, dtype: str,
                                                      tmp_path: Path) -> None:
    file = read_mask_file(saved(block(high, low, dtype), tmp_path / "m.nrrd"), SCAN)
    (one,) = file.structures
    assert one.number == number
    assert (f"only {low} and {high}" in one.note) is said
    np.testing.assert_array_equal(chosen_mask(file, [one]).array, INSIDE)


@pytest.mark.parametrize(("low", "high", "sentence"), [(0, 65534, "to 65534"), (0, 40000, "to 40000")])
def test_other_large_numbers_are_no_binary_mask(low: int, high: int, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(MaskError, match=sentence):
        read_mask(saved(block(high, low), tmp_path / "m.nrrd"))


def test_the_larger_part_is_not_mistaken_for_the_lesion(tmp_path: Path) -> None:
    """1 inside, 255 around it: both may be meant."""
    file = read_mask_file(saved(block(1, 255), tmp_path / "m.nrrd"), SCAN)
    assert [one.number for one in file.structures] == [1, 255]
    with pytest.raises(MaskError, match="to 65535"):
        read_mask(saved(block(1, 65535), tmp_path / "m.nrrd"))


@pytest.mark.parametrize("name", ["m.nii", "m.nii.gz", "m.nrrd"])
def test_voxels_without_a_number_are_background(name: str, tmp_path: Path) -> None:
    path = saved(block(2, np.nan, "float32"), tmp_path / name)
    np.testing.assert_array_equal(read_mask(path).array, 2 * INSIDE)
    for nothing, sentence in ((np.full(SHAPE, np.nan, np.float32), "fractions"),
                              (block(np.inf, 0, "float32"), "fractions"),
                              (block(0, np.nan, "float32"), "empty")):
        with pytest.raises(MaskError, match=sentence):
            read_mask(saved(nothing, path))


def layered(path: Path, names: str, layers: int = 2) -> Path:
    *axes, _ = vectors(AFFINE)
    array = np.zeros((layers, *SHAPE), np.uint8)
    array[0, 2:6, 3:9, 2:5] = 1
    array[layers - 1, 4:11, 3:9, 2:9] = 1
    array[layers - 1, 0, 0, 0] = 6
    return written(path, array, "gzip", AFFINE, names, space_directions=f"none {' '.join(axes)}",
                   kinds="list domain domain domain")


def segment(place: int, name: str, value: int, layer: int) -> str:
    fields = {"ID": f"Segment_{place}", "Name": name, "LabelValue": value, "Layer": layer}
    return "".join(f"Segment{place}_{field}:={value}\n" for field, value in fields.items())


def test_layers_of_slicer_are_segments_that_may_overlap(tmp_path: Path) -> None:
    path = layered(tmp_path / "m.seg.nrrd", segment(0, "GTV met", 1, 0) + segment(1, "oedema", 1, 1)
                   + segment(2, "cyst", 6, 1) + segment(3, "nothing", 4, 0) + segment(4, "nowhere", 1, 9))
    file = read_mask_file(path, SCAN)
    assert [(one.number, one.name) for one in file.structures] == [
        (1, "GTV met"), (2, "oedema"), (3, "cyst"), (4, "nothing"), (5, "nowhere")]
    assert [one.name for one in file.choices] == ["GTV met", "oedema", "cyst"]
    assert file.structures[3].note == "Segment 4 of the mask is empty."
    np.testing.assert_array_equal(chosen_mask(file, named_structures(file, (), ["gtv met"])).array, INSIDE)
    both = chosen_mask(file, file.structures[:2]).array
    assert both.sum() == INSIDE.sum() + 7 * 6 * 7 - 2 * 6 * 3
    assert file.grid.same_grid(Volume(np.zeros(SHAPE), AFFINE))
    assert image_series(path).unusable == IS_MASK
    with pytest.raises(MaskError, match="layers"):
        read_mask(path)


def test_old_files_have_a_layer_for_each_segment(tmp_path: Path) -> None:
    """Slicer before 4.11: neither Layer nor LabelValue."""
    names = "Segment0_Name:=tumour\nSegment1_Name:=oedema\n"
    file = read_mask_file(layered(tmp_path / "m.seg.nrrd", names), SCAN)
    assert [one.name for one in file.choices] == ["tumour", "oedema"]
    np.testing.assert_array_equal(chosen_mask(file, file.choices[:1]).array, INSIDE)


def test_layers_that_nobody_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MaskError, match="vectors, segments or time points"):
        read_mask_file(layered(tmp_path / "m.seg.nrrd", ""), SCAN)


def test_segments_of_one_label_map_keep_their_labels_and_names(tmp_path: Path) -> None:
    array = block(3, 0, "uint8")
    array[9:11, 9:11, 7:9] = 7
    names = segment(0, "Résidu", 3, 0) + segment(1, "empty", 2, 0)
    path = written(tmp_path / "m.seg.nrrd", array, "gzip", AFFINE, names)
    file = read_mask_file(path, SCAN)
    assert [(one.number, one.name, one.mask is not None) for one in file.structures] == [
        (2, "empty", False), (3, "Résidu", True), (7, "Label 7", True)]
    np.testing.assert_array_equal(chosen_mask(file, named_structures(file, {3}, ())).array, INSIDE)
    assert set(np.unique(read_mask(path).array)) == {0, 3, 7}


def test_more_than_twenty_labels_are_a_mask_where_segments_name_them(tmp_path: Path) -> None:
    array = np.zeros(SHAPE, np.uint8)
    array.ravel()[:40] = np.arange(40)
    names = "".join(segment(place, f"organ {place}", place + 1, 0) for place in range(39))
    assert len(read_mask_file(written(tmp_path / "m.nrrd", array, affine=AFFINE, extra=names), SCAN).choices) == 39
    with pytest.raises(MaskError, match="39 different labels"):
        read_mask_file(written(tmp_path / "m.nrrd", array, affine=AFFINE), SCAN)


@pytest.mark.parametrize("dtype", ["float64", "uint8"])
def test_many_voxels_need_little_memory(dtype: str, tmp_path: Path) -> None:
    """Labels are kept as 16 bit, however they are stored: 20 million float64 voxels are 160 MB."""
    array = np.zeros((200, 200, 500), dtype)
    array[50:60, 50:60, 400:420] = 2
    image = nib.Nifti1Image(array, np.eye(4))
    image.set_sform(np.eye(4), 1)
    nib.save(image, tmp_path / "m.nii.gz")
    del image, array
    tracemalloc.start()
    labels = read_labels(open_image(tmp_path / "m.nii.gz"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert labels.array.nbytes == 40_000_000
    assert peak < 40_000_000 + 130_000_000
    assert int((labels.array == 2).sum()) == 2000


def test_values_are_counted_as_numpy_does() -> None:
    for array in (content(SHAPE), content(SHAPE).astype(np.float32) * -3, np.array([[2**40, -2**40, 2**40]]),
                  np.array([1e30, 1e30]), np.array([2**63 + 5, 2**63], np.uint64), block(3) > 0):
        values, numbers = np.unique(array, return_counts=True)
        assert counts(array * 1) == {int(value): int(number) for value, number in zip(values, numbers, strict=True)}


def test_whole_numbers_within_the_tolerance() -> None:
    near = np.array([0.0, 1.0004, np.nan])
    assert whole_numbers(near) is None
    np.testing.assert_array_equal(whole_numbers(near, 1e-3), [0, 1, 0])
    assert whole_numbers(np.array([0.0, 1.01]), 1e-3) is None
    assert whole_numbers(np.array([0.0, np.inf]), 1e-3) is None


def test_few_labels_are_distinguished_from_a_scan() -> None:
    assert has_few_labels(block(3))
    assert has_few_labels(block(3, np.nan, "float32"))
    assert not has_few_labels(content(SHAPE))
    assert not has_few_labels(block(0.5, 0, "float32"))
    last = block(3).astype(np.int32)
    last[-1] = content(SHAPE)[-1]
    assert not has_few_labels(last)
