"""What cannot have been given is refused; what is unusual is asked about."""

import numpy as np
import pytest

from rnapp.errors import StudyError
from rnapp.io.rt_plausible import plausible
from rnapp.types import Caution, Dose, Prescription, Volume


def dose(most: float, least: float = 0.5, prescribed: float | None = None) -> Dose:
    array = np.full((5, 4, 3), most, dtype=np.float32)
    array[:3, 0] = least
    prescriptions = () if prescribed is None else (Prescription("PTV", prescribed, 30),)
    return Dose(Volume(array, np.eye(4)), prescriptions)


def codes(cautions: tuple[Caution, ...]) -> list[tuple[str, str]]:
    return [(one.code, one.level) for one in cautions]


@pytest.mark.parametrize(("given", "expected"), [
    (dose(62, prescribed=60), []), (dose(33, prescribed=20), []), (dose(62), []), (dose(20), []),
    (dose(700), [("dose_unusual", "confirm")]), (dose(0.3, 0), [("dose_unusual", "confirm")]),
    (dose(31, prescribed=60), [("dose_unlike_plan", "confirm")]),
    (dose(62, prescribed=2), [("dose_unlike_plan", "confirm")]), (dose(62, -0.1), [("dose_negative", "note")])])
def test_what_is_asked(given: Dose, expected: list[tuple[str, str]]) -> None:
    found = plausible(given)
    assert codes(found.cautions) == expected
    assert found.volume.array.min() >= 0
    assert np.nanmax(found.volume.array) == np.float32(np.nanmax(given.volume.array))


@pytest.mark.parametrize(("given", "sentence"), [
    (dose(6000), "reaches 6,000 Gy, which no treatment gives; it may be in centigray"), (dose(0, 0), "are 0 Gy"),
    (dose(60, -5), r"negative in places \(down to -5.0 Gy\)"), (dose(-1, -2), "negative"),
    (dose(np.inf), "infinite"), (dose(np.nan, np.nan), "not known anywhere")])
def test_what_is_refused(given: Dose, sentence: str) -> None:
    with pytest.raises(StudyError, match=sentence):
        plausible(given)


def test_near_a_source_thousands_of_gray_are_asked_about() -> None:
    assert codes(plausible(dose(6000), sources=True).cautions) == [("dose_unusual", "confirm")]


def test_what_is_unknown_stays_unknown() -> None:
    given = dose(60)
    array = given.volume.array.copy()
    array[0] = np.nan
    found = plausible(Dose(given.volume.with_array(array)))
    np.testing.assert_array_equal(found.volume.array, array)
    assert found.cautions == ()
