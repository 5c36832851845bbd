"""RANO-BM: the category of target lesions from their axial diameters (Lin et al. 2015, Lancet Oncol 16:e270).

Only the part that a scan shows. The full criteria also ask for non-target lesions, corticosteroids and the clinical
status, for a response that lasts four weeks, and for a reader's judgement which lesions can be measured reproducibly
(not cystic, not of dura or bone); none of that is known here, so a category is never the whole verdict.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rnapp.errors import ClinicalError
from rnapp.timeline.dates import in_words, months_between
from rnapp.timeline.growth import NOT_WHOLE, reaches, tenths
from rnapp.types import Category, Course, Measurement, Response, When

MEASURABLE_MM = 10.0  # longest axial diameter at baseline
MEASURABLE_ACROSS_MM = 5.0  # at a right angle to it
MOST_TARGETS = 5
PARTIAL = 0.30  # decrease of the sum from baseline
PROGRESSION = 0.20  # increase of the sum from nadir, the smallest sum before now (baseline too)
PROGRESSION_MM = 5.0  # increase of at least one target since that nadir
WORDS: dict[Category, str] = {"CR": "complete response", "PR": "partial response", "SD": "stable disease",
                              "PD": "progressive disease"}
CONFIRMATION = "A response counts only if it lasts four weeks, without new lesions, more steroids or clinical decline."
NEW_LESION = "But a new lesion is progression whatever the target lesions do."


def rano_response(courses: Sequence[Course], baseline: When | None = None) -> Response:
    """The category of one lesion (one course) or of a patient (all of them, by the sum of the target lesions).

    baseline: the scan from which the criteria count, None for the first; scans before it are left out. Targets are the
    lesions that can be measured on it, the five largest. Axial diameters, since RANO-BM measures in the plane of the
    slices. Raises ClinicalError without any course, or where baseline is not the time of a scan.
    """
    since = _baseline(courses, baseline)
    lesions = [_Lesion.of(course, since) for course in courses]
    chosen = sorted(filter(_Lesion.is_measurable, lesions), key=lambda one: -one.later[0].axial_diameter_mm)
    targets = tuple(one for one in lesions if one in chosen[:MOST_TARGETS])
    new = tuple(one.name for one in lesions if one.new)
    notes = (*(one.why_no_target for one in lesions if one.later and one not in targets),
             *((f"New since baseline: {', '.join(new)}.",) if new else ()),
             *(f"{one.name}: {NOT_WHOLE}" for one in targets if not one.whole))
    names = tuple(one.name for one in targets)
    if not targets:
        return Response(None, names, None, None, None, bool(new), _untold(_no_target(since)), notes)
    sums = _Sums.of(targets)
    last = max((one.later[-1].when for one in lesions if one.later), key=lambda when: months_between(since, when))
    if reason := _gap(targets, last, since):
        return Response(None, names, sums.totals[0], None, None, bool(new), _untold(reason), notes)
    category = _category(sums)
    confirmation = (CONFIRMATION,) if category in ("CR", "PR") else ()
    return Response(category, names, sums.totals[0], sums.totals[sums.nadir], sums.totals[-1], bool(new),
                    _sentence(category, sums, bool(new)), (*notes, *confirmation))


@dataclass(frozen=True)
class _Lesion:
    """later: its measurements from baseline on; new: it appeared after baseline."""

    name: str
    since: When
    later: tuple[Measurement, ...]
    new: bool
    whole: bool

    @staticmethod
    def of(course: Course, since: When) -> "_Lesion":
        later = tuple(one for one in course.measurements if months_between(since, one.when) >= 0)
        new = course.new and later == course.measurements and later[0].when != since
        return _Lesion(course.name, since, later, new, course.whole)

    def is_measurable(self) -> bool:
        """Whether it is measured at baseline and large enough for RANO-BM."""
        return (bool(self.later) and self.later[0].when == self.since
                and reaches(self.later[0].axial_diameter_mm, MEASURABLE_MM)
                and reaches(self.later[0].axial_perpendicular_mm, MEASURABLE_ACROSS_MM))

    @property
    def why_no_target(self) -> str:
        first = self.later[0]
        if first.when != self.since:
            return f"{self.name} is not a target lesion: it was not measured at baseline ({in_words(self.since)})."
        if self.is_measurable():
            return f"{self.name} is not a target lesion: RANO-BM allows at most {MOST_TARGETS}; the largest are used."
        return (f"{self.name} is not measurable by RANO-BM: {tenths(first.axial_diameter_mm)} × "
                f"{tenths(first.axial_perpendicular_mm)} mm at baseline, less than {MEASURABLE_MM:.0f} × "
                f"{MEASURABLE_ACROSS_MM:.0f} mm.")


@dataclass(frozen=True)
class _Sums:
    """Of the targets' axial diameters on the scans that measure all of them. diameters: per scan, per target, mm."""

    whens: tuple[When, ...]
    diameters: tuple[tuple[float, ...], ...]

    @staticmethod
    def of(targets: Sequence[_Lesion]) -> "_Sums":
        by_time = [{one.when: one.axial_diameter_mm for one in target.later} for target in targets]
        whens = tuple(when for when in by_time[0] if all(when in one for one in by_time))
        return _Sums(whens, tuple(tuple(one[when] for one in by_time) for when in whens))

    @property
    def totals(self) -> list[float]:
        return [sum(scan) for scan in self.diameters]

    @property
    def nadir(self) -> int:
        """The scan before now with the smallest sum; of equal ones the last."""
        before = self.totals[:-1]
        return min(reversed(range(len(before))), key=lambda index: before[index])


def _baseline(courses: Sequence[Course], baseline: When | None) -> When:
    whens = [one.when for course in courses for one in course.measurements]
    if not whens:
        raise ClinicalError("Expected at least one measured lesion for RANO-BM, but got none; draw a lesion first.")
    if baseline is None:
        return min(whens, key=lambda when: months_between(whens[0], when))
    if baseline not in whens:
        raise ClinicalError(f"Expected the time of a measured scan as baseline, but got {in_words(baseline)}; choose "
                            "one of the scans.")
    return baseline


def _gap(targets: Sequence[_Lesion], last: When, since: When) -> str:
    """Why the sum now cannot be compared, or nothing."""
    if last == since:
        return "there is no scan after baseline."
    missing = [one.name for one in targets if one.later[-1].when != last]
    return f"not measured on the last scan ({in_words(last)}): {', '.join(missing)}." if missing else ""


def _category(sums: _Sums) -> Category:
    """Progression first: a lesion that grows again is that, however far below baseline it still is."""
    totals, nadir = sums.totals, sums.nadir
    grown = [now - then for now, then in zip(sums.diameters[-1], sums.diameters[nadir], strict=True)]
    increase, decrease = totals[-1] - totals[nadir], totals[0] - totals[-1]
    if reaches(increase, PROGRESSION * totals[nadir]) and reaches(max(grown), PROGRESSION_MM):
        return "PD"
    if totals[-1] == 0:
        return "CR"
    return "PR" if reaches(decrease, PARTIAL * totals[0]) else "SD"


def _sentence(category: Category, sums: _Sums, new: bool) -> str:
    totals, nadir = sums.totals, sums.nadir
    what = "The axial diameter" if len(sums.diameters[0]) == 1 else "The sum of the axial diameters"
    words = (f"Target lesions: {category}, {WORDS[category]}. {what} went from {totals[0]:.1f} mm at baseline "
             f"({in_words(sums.whens[0])}) and {totals[nadir]:.1f} mm at nadir ({in_words(sums.whens[nadir])}) to "
             f"{totals[-1]:.1f} mm: {_moved(totals[0], totals[-1])} from baseline, "
             f"{_moved(totals[nadir], totals[-1])} from nadir.")
    return f"{words} {NEW_LESION}" if new else words


def _moved(then: float, now: float) -> str:
    """A change in per cent, or in mm where it began at nothing."""
    sign = "+" if now > then else "−" if now < then else ""
    return f"{sign}{tenths(100 * (now - then) / then)} %" if then else f"{sign}{tenths(now)} mm"


def _untold(reason: str) -> str:
    return f"The RANO-BM category cannot be determined: {reason}"


def _no_target(since: When) -> str:
    return (f"no lesion of at least {MEASURABLE_MM:.0f} × {MEASURABLE_ACROSS_MM:.0f} mm in an axial slice was measured "
            f"at baseline ({in_words(since)}).")
