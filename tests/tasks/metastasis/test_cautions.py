"""What the models cannot do with a lesion is said, and only then."""

from types import MappingProxyType

import numpy as np
import pytest

from rnapp.errors import MaskError
from rnapp.tasks.metastasis.cautions import cautions
from rnapp.types import (
    SRI24,
    STUDY,
    Channel,
    Lesion,
    LesionSet,
    Prepared,
    RegistrationQuality,
    Series,
    SimilarityTransform,
    Volume,
)

SHAPE = (120, 130, 110)
MIDDLE = ((50, 60, 50), (10, 9, 8))
SMALL = (((50, 60, 50), (3, 3, 3)),)


def prepared(scale=1.0, bright=True):
    """A brain of one brightness that fills the grid, but for what the boxes below outline, where it enhances."""
    picture = np.zeros(SHAPE, np.float32)
    for first, sides in (MIDDLE, *SMALL) if bright else ():
        picture[tuple(slice(a, a + side) for a, side in zip(first, sides, strict=True))] = 5.0
    grid = Volume(picture, np.eye(4), SRI24)
    brain = Volume(np.ones(SHAPE, bool), np.eye(4), SRI24)
    series = Series("1", "", "MR", "T1CE", (), SHAPE, (1.0, 1.0, 1.0))
    channel = Channel(series, grid, None, SimilarityTransform(np.diag([scale, scale, scale, 1.0])), grid, grid)
    return Prepared(MappingProxyType({"t1ce": channel}), brain, RegistrationQuality(1.0, 1.0, True, ""), {})


def lesions(*boxes, volume_ml=1.0):
    """One lesion for each box: its first voxel and its sides."""
    labels = np.zeros(SHAPE, np.int16)
    for number, (first, sides) in enumerate(boxes, start=1):
        labels[tuple(slice(a, a + side) for a, side in zip(first, sides, strict=True))] = number
    atlas = Volume(labels, np.eye(4), SRI24)
    made = tuple(Lesion(number, volume_ml, 10.0, 9.0, 8.0, 0.9, 5.0, (0.0, 0.0, 0.0), "left")
                 for number in range(1, len(boxes) + 1))
    return LesionSet(made, atlas, atlas)


def codes(found):
    return [(one.code, one.level) for one in found]




def test_an_ordinary_lesion_needs_none():
    assert cautions(prepared(), lesions(MIDDLE), 1) == ()


@pytest.mark.parametrize("sides", [(2, 9, 9), (9, 9, 1)])
def test_a_lesion_too_small_for_its_texture_stops(sides):
    (one,) = cautions(prepared(0.8), lesions(((50, 60, 50), sides)), 1)
    assert (one.code, one.level) == ("lesion_too_small", "stop")
    assert f"only {min(sides) / 0.8:.1f} mm thick" in one.sentence
    assert cautions(prepared(0.8), lesions(((50, 60, 50), (3, 3, 3))), 1) == ()


def test_the_measured_volume_is_the_one_that_is_said():
    few = lesions(((50, 60, 50), (3, 3, 3)), volume_ml=0.021)
    few.atlas.array[50, 60, 50] = 0
    (one,) = cautions(prepared(), few, 1)
    assert one.sentence.startswith("It measures 0.021 ml, but its texture can be read only from 0.027 ml upwards;")


def test_a_lesion_whose_outline_is_gone_stops():
    empty = lesions(MIDDLE)
    empty.atlas.array[:] = 0
    assert codes(cautions(prepared(), empty, 1)) == [("lesion_too_small", "stop")]


def cube_codes(found):
    return [one.code for one in found if "crop" in one.code]


def test_a_lesion_larger_than_the_cube_or_as_large_is_noted():
    assert cube_codes(cautions(prepared(), lesions(((20, 30, 20), (60, 60, 60))), 1)) == []
    assert cube_codes(cautions(prepared(), lesions(((20, 30, 20), (64, 20, 20))), 1)) == ["lesion_at_crop_border"]
    found = cautions(prepared(), lesions(((20, 30, 20), (65, 20, 20))), 1)
    assert cube_codes(found) == ["lesion_larger_than_crop"]
    assert "64 mm cube" in next(one.sentence for one in found if "crop" in one.code)


def test_a_piece_of_three_hundredths_of_a_millilitre_gets_no_number():
    def small(volume_ml):
        return cautions(prepared(), lesions(((50, 60, 50), (3, 3, 3)), volume_ml=volume_ml), 1)

    (one,) = small(0.03)
    assert (one.code, one.level) == ("lesion_too_small", "stop")
    assert one.sentence.startswith("It measures 0.030 ml, but an outline says something of a lesion only from 0.1 ml")
    assert codes(small(0.099)) == [("lesion_too_small", "stop")]
    assert "lesion_too_small" not in [one.code for one in small(0.1)]


def test_a_box_in_normal_brain_gets_no_number():
    found = cautions(prepared(bright=False), lesions(MIDDLE), 1)
    assert codes(found) == [("lesion_not_enhancing", "stop")]
    assert cautions(prepared(), lesions(MIDDLE), 1) == ()


def test_a_neighbour_in_the_cube_is_named_and_one_beyond_it_is_not():
    """The cube of the first goes from voxel 22 to 85 along i."""
    near, far = ((85, 60, 50), (5, 5, 5)), ((86, 60, 50), (5, 5, 5))
    found = cautions(prepared(), lesions(MIDDLE, near), 1)
    assert codes(found) == [("neighbour_in_crop", "note")]
    assert found[0].sentence == "Lesion 2 reaches into the cube of lesion 1; the model may react to it."
    assert cautions(prepared(), lesions(MIDDLE, far), 1) == ()


def test_a_cube_over_the_edge_of_the_grid_sees_its_neighbours_too():
    corner, beside = ((0, 0, 0), (6, 6, 6)), ((30, 3, 3), (5, 5, 5))
    assert cube_codes(cautions(prepared(), lesions(corner, beside), 1)) == ["neighbour_in_crop"]


def test_the_study_has_none_and_an_unknown_lesion_is_refused():
    assert cautions(prepared(), lesions(MIDDLE), STUDY) == ()
    with pytest.raises(MaskError, match="number 2"):
        cautions(prepared(), lesions(MIDDLE), 2)
