"""A rigid registration leads between its frames both ways; anything else is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from rnapp.errors import StudyError
from rnapp.io.rt_registration import read_links
from tests.io.io_data import rotation
from tests.io.rt_files import FOLLOW_UP, PLANNING, write_dose, write_registration

MOVED = np.eye(4)
MOVED[:3, :3], MOVED[:3, 3] = rotation(0.07, -0.05, 0.12), (6.0, -11.0, 17.0)


def test_both_ways_between_the_frames(tmp_path: Path) -> None:
    links = {(one.source, one.target): one for one in read_links(write_registration(tmp_path / "reg", MOVED))}
    assert set(links) == {(PLANNING, FOLLOW_UP), (FOLLOW_UP, PLANNING)}
    there, back = links[PLANNING, FOLLOW_UP].to_target, links[FOLLOW_UP, PLANNING].to_target
    np.testing.assert_allclose(there.matrix, MOVED, atol=1e-9)
    assert np.abs(there.apply(np.zeros((1, 3))) - (6, -11, 17)).max() < 1e-9
    np.testing.assert_allclose(back.after(there).matrix, np.eye(4), atol=1e-9)
    assert links[PLANNING, FOLLOW_UP].uid


def test_a_third_frame_as_the_registered_one(tmp_path: Path) -> None:
    """Some programs move both scans into a new frame of reference."""
    both = np.eye(4)
    both[:3, 3] = (100.0, 0, 0)
    one, other = (write_registration(tmp_path / name, matrix, frame, "1.2.9")
                  for name, matrix, frame in (("a", MOVED, PLANNING), ("b", both, FOLLOW_UP)))
    file, second = pydicom.dcmread(one), pydicom.dcmread(other)
    file.RegistrationSequence = [file.RegistrationSequence[1], second.RegistrationSequence[1]]
    file.save_as(one)
    links = {(link.source, link.target): link.to_target for link in read_links(one)}
    assert len(links) == 6
    np.testing.assert_allclose(links[PLANNING, FOLLOW_UP].matrix, np.linalg.inv(both) @ MOVED, atol=1e-9)


def test_the_registered_frame_may_have_no_name(tmp_path: Path) -> None:
    links = read_links(write_registration(tmp_path / "reg", MOVED, FrameOfReferenceUID=None))
    assert {(one.source, one.target) for one in links} == {(PLANNING, FOLLOW_UP), (FOLLOW_UP, PLANNING)}


def test_matrices_of_few_digits_are_made_exact(tmp_path: Path) -> None:
    (_, link) = read_links(write_registration(tmp_path / "reg", np.round(MOVED, 4)))
    turned = link.to_target.matrix[:3, :3]
    np.testing.assert_allclose(turned.T @ turned, np.eye(3), atol=1e-12)
    assert abs(link.to_target.scale - 1) < 1e-12
    np.testing.assert_allclose(link.to_target.matrix, MOVED, atol=1e-3)


@pytest.mark.parametrize("matrix", [np.diag([1.1, 1.1, 1.1, 1]), np.diag([1, 1, 1.02, 1]), np.diag([-1, 1, 1, 1])])
def test_a_stretch_or_a_mirror_is_refused(matrix: np.ndarray, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="needs a rigid one"):
        read_links(write_registration(tmp_path / "reg", matrix.astype(float)))


@pytest.mark.parametrize(("tags", "sentence"), [
    ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.66.3"}, "bends the picture"),
    ({"DeformableRegistrationSequence": [Dataset()], "RegistrationSequence": None}, "bends the picture"),
    ({"RegistrationSequence": []}, "does not link two frames"),
    ({"RegistrationSequence": [Dataset()]}, "names images instead")])
def test_other_registrations_are_refused(tags: dict[str, Any], sentence: str, tmp_path: Path) -> None:
    path = write_registration(tmp_path / "reg", MOVED, **tags)
    with pytest.raises(StudyError, match=sentence):
        read_links(path)


def test_two_ways_or_several_matrices_for_one_frame_are_refused(tmp_path: Path) -> None:
    path = write_registration(tmp_path / "reg", MOVED)
    file = pydicom.dcmread(path)
    matrices = file.RegistrationSequence[1].MatrixRegistrationSequence[0]
    file.RegistrationSequence.append(pydicom.dcmread(write_registration(tmp_path / "b", np.eye(4))
                                                     ).RegistrationSequence[1])
    file.save_as(tmp_path / "two")
    with pytest.raises(StudyError, match="two different ways"):
        read_links(tmp_path / "two")
    file.RegistrationSequence.pop()
    matrices.MatrixSequence = [matrices.MatrixSequence[0], matrices.MatrixSequence[0]]
    file.save_as(tmp_path / "several")
    with pytest.raises(StudyError, match="several matrices"):
        read_links(tmp_path / "several")


def test_what_is_no_registration(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="no spatial registration"):
        read_links(write_dose(tmp_path / "dose"))
    path = write_registration(tmp_path / "reg", MOVED)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(StudyError, match="cut short or damaged"):
        read_links(path)
