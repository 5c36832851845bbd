from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from rnapp.errors import MaskError
from rnapp.geometry import to_sitk
from rnapp.io.masks import chosen_mask, named_structures, read_mask, read_mask_file
from rnapp.types import Volume
from tests.io.io_data import content, oblique

SHAPE = (12, 14, 10)


def saved(array: np.ndarray, path: Path) -> Path:
    sitk.WriteImage(to_sitk(Volume(array, oblique((1, 1.5, 4), (1, -1, 1)))), str(path))
    return path


def labels(*values: int) -> np.ndarray:
    array = np.zeros(SHAPE, np.uint8)
    for place, value in enumerate(values):
        array[place % 12, 3 + place // 12:6, 2:4] = value
    return array


@pytest.mark.parametrize("name", ["m.nii", "m.nii.gz", "m.nrrd", "m.mha"])
@pytest.mark.parametrize("dtype", ["uint8", "int32", "float32", "float64"])
def test_labels_and_place_are_kept(name: str, dtype: str, tmp_path: Path) -> None:
    array = labels(1, 2, 3)
    mask = read_mask(saved(array.astype(dtype), tmp_path / name))
    assert mask.array.dtype == np.int16
    np.testing.assert_array_equal(mask.array, array)
    np.testing.assert_allclose(mask.affine, oblique((1, 1.5, 4), (1, -1, 1)), atol=1e-4)


def test_one_label_of_255_is_a_mask(tmp_path: Path) -> None:
    assert set(np.unique(read_mask(saved(labels(255), tmp_path / "m.nrrd")).array)) == {0, 255}


@pytest.mark.parametrize(("array", "sentence"), [
    (np.zeros(SHAPE, np.uint8), "empty"), (labels(*range(1, 22)), "21 different labels"),
    (labels(1) * np.float32(0.4), "fractions"), (labels(1) * np.float32(np.nan), "fractions"),
    (content(SHAPE).astype(np.int16), "different labels"), (labels(1).astype(np.int16) * -1, "from -1 to 0"),
    (labels(1).astype(np.int32) * 100_000, "to 100000")])
def test_what_is_no_mask_is_refused(array: np.ndarray, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(MaskError, match=sentence):
        read_mask(saved(array, tmp_path / "m.nrrd"))


def test_twenty_labels_are_still_a_mask(tmp_path: Path) -> None:
    assert read_mask(saved(labels(*range(1, 21)), tmp_path / "m.nrrd")).array.max() == 20


def test_unreadable_files_are_refused(tmp_path: Path) -> None:
    broken = tmp_path / "m.nii.gz"
    broken.write_bytes(b"no mask")
    with pytest.raises(MaskError, match="cannot be read"):
        read_mask(broken)
    with pytest.raises(MaskError, match="must be one of"):
        read_mask(tmp_path / "m.png")


def test_labels_of_an_image_are_structures_on_its_own_grid(tmp_path: Path) -> None:
    array = labels(1, 3)
    scan = Volume(np.zeros((5, 5, 5)), np.eye(4))
    file = read_mask_file(saved(array, tmp_path / "m.nii.gz"), scan, "1.2.3")
    assert [(one.number, one.name, one.note) for one in file.structures] == [(1, "Label 1", ""), (3, "Label 3", "")]
    assert file.frame_of_reference == ""
    assert file.grid.same_grid(read_mask(tmp_path / "m.nii.gz"))
    for one, number in zip(file.structures, (1, 3), strict=True):
        np.testing.assert_array_equal(chosen_mask(file, [one]).array, array == number)
        assert one.mask.array.size < array.size / 4
        assert one.volume_ml == pytest.approx((array == number).sum() * 1 * 1.5 * 4 / 1000)
    np.testing.assert_array_equal(chosen_mask(file, file.choices).array, array > 0)
    assert not chosen_mask(file, []).array.any()


def test_structures_are_found_by_number_and_by_name(tmp_path: Path) -> None:
    file = read_mask_file(saved(labels(1, 3), tmp_path / "m.nrrd"), Volume(np.zeros((5, 5, 5)), np.eye(4)))
    one, three = file.structures
    assert named_structures(file, {3, 9}, ()) == (three,)
    assert named_structures(file, (), ["label 1 "]) == (one,)
    assert named_structures(file, {3}, ["Label 1"]) == (one, three)
    for numbers, names, sentence in ((), (), r"several structures \(1 Label 1, 3 Label 3\); choose"), (
            {7}, (), "None of the chosen labels"), ({1}, ["Label 2"], "no structure “Label 2”"):
        with pytest.raises(MaskError, match=sentence):
            named_structures(file, numbers, names)
    single = read_mask_file(saved(labels(4), tmp_path / "s.nrrd"), file.grid)
    assert named_structures(single, (), ()) == single.structures


def test_a_missing_mask_is_said_to_be_missing(tmp_path: Path) -> None:
    scan = Volume(np.zeros((5, 5, 5)), np.eye(4))
    for name in ("m.nii.gz", "rtstruct.dcm"):
        with pytest.raises(MaskError, match="does not exist"):
            read_mask_file(tmp_path / name, scan)
    with pytest.raises(MaskError, match="a folder"):
        read_mask_file(tmp_path, scan)
    (tmp_path / "m.mhd").write_text("ObjectType = Image")
    with pytest.raises(MaskError, match=r"must be one of .* MetaImage header"):
        read_mask_file(tmp_path / "m.mhd", scan)
