"""What became of each lesion over all studies of a patient."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rnapp.preprocess.coregister import field_of_view
from rnapp.timeline.dates import in_words, months_between
from rnapp.timeline.match import NEAR_MM, Footprint, Matches, footprints, match, moved_labels, seen
from rnapp.types import Course, Followed, Lesion, Measurement, Scan, Volume, When


def courses(present: Scan, earlier: Sequence[tuple[Scan, Followed]]) -> tuple[Course, ...]:
    """One course per lesion: those of the current scan by their number, then those that only other scans show.

    earlier: each study with its registration to the current one, in any order; a scan that nobody has drawn on is left
    out. Each scan's lesions are matched with where the lesions lay on the next later scan that shows them. A lesion
    without a mask on a complete scan that covers its place measures 0 there; on other scans it is not measured. Raises
    ClinicalError where two scans are of one time, or days and months are mixed.
    """
    scans = _scans(present, earlier)
    tracks: list[_Track] = []
    for index, scan in enumerate(scans):
        near = NEAR_MM * present.prepared.to_atlas.scale
        open_tracks = [track for track in tracks if not track.closed]
        numbers = list(scan.lesions)
        matches = match([scan.lesions[number] for number in numbers], [track.footprint for track in open_tracks], near)
        _extend(scan, numbers, open_tracks, matches, present.prepared.to_atlas.scale)
        joined = dict(matches.merged)
        for then in sorted((*matches.gone, *joined)):
            whole = open_tracks[joined[then]] if then in joined else None
            tracks.append(_Track.started(scan, numbers[then], whole, scans[:index]))
    return tuple(track.course() for track in sorted(tracks, key=lambda one: (one.number is None, one.number or 0)))


def measurement(lesion: Lesion, scan: Scan) -> Measurement:
    """The measures of one of the scan's lesions that change over time."""
    return Measurement(scan.when, lesion.number, lesion.volume_ml, lesion.longest_diameter_mm, lesion.axial_diameter_mm,
                       lesion.axial_perpendicular_mm, float(scan.prepared.native.spacing.max()))


def vanished(when: When) -> Measurement:
    """A lesion that is not there any more."""
    return Measurement(when, None, 0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, eq=False)
class _Drawn:
    """A scan with masks. lesions: number → where it lies on the current grid; covered: what the scan shows of it."""

    scan: Scan
    is_present: bool
    drawn: tuple[Lesion, ...]
    lesions: dict[int, Footprint]
    covered: Volume

    @property
    def when(self) -> When:
        return self.scan.when

    def measured(self, number: int) -> Measurement:
        return next(measurement(one, self.scan) for one in self.drawn if one.number == number)

    def lacks(self, footprint: Footprint) -> bool:
        """Whether a lesion that has no mask here is really not there."""
        return self.scan.complete and seen(footprint, self.covered)


@dataclass
class _Track:
    """A lesion followed back in time. number: on the current scan; footprint: where it lay on the earliest scan so far;
    absent: complete scans before that on which it is not; closed: earlier scans show it only as part of another; whole:
    as in Course."""

    number: int | None
    name: str
    footprint: Footprint
    measurements: list[Measurement]
    notes: list[str] = field(default_factory=list)
    absent: list[When] = field(default_factory=list)
    closed: bool = False
    whole: bool = True

    @staticmethod
    def started(scan: _Drawn, number: int, joined: "_Track | None", later: Sequence[_Drawn]) -> "_Track":
        """A lesion that no later scan shows, or (joined) only as part of another."""
        footprint = scan.lesions[number]
        name = f"Lesion {number}" if scan.is_present else f"Lesion {number} of {in_words(scan.when)}"
        track = _Track(number if scan.is_present else None, name, footprint, [])
        if joined is None:
            track.measurements = [vanished(one.when) for one in later if one.lacks(footprint)]
            if later and not track.measurements:
                track.notes.append("No mask on later scans; whether it has gone is unknown.")
        else:
            track.notes.append(f"Later part of {joined.name}.")
            joined.remark(f"On {in_words(scan.when)} still separate from {name}, with which it merged later.")
        track.measurements.append(scan.measured(number))
        return track

    def remark(self, note: str) -> None:
        """Something after which its sizes are not those of one lesion."""
        self.notes.append(note)
        self.whole = False

    def course(self) -> Course:
        return Course(self.number, self.name, tuple(reversed(self.measurements)), bool(self.absent), self.whole,
                      tuple(self.notes))


def _scans(present: Scan, earlier: Sequence[tuple[Scan, Followed]]) -> list[_Drawn]:
    """All with masks, the latest first."""
    grid = present.prepared.head
    drawn = []
    if present.lesion_set is not None:
        covered = grid.with_array(field_of_view(present.prepared.native, grid, present.prepared.to_atlas))
        drawn.append(_Drawn(present, True, present.lesion_set.lesions, footprints(present.lesion_set.atlas), covered))
    for scan, followed in earlier:
        if scan.lesion_set is not None:
            labels = moved_labels(scan.lesion_set, followed.between, grid)
            drawn.append(_Drawn(scan, False, scan.lesion_set.lesions, footprints(labels), followed.covered))
    return sorted(drawn, key=lambda one: months_between(one.when, present.when))


def _extend(scan: _Drawn, numbers: Sequence[int], tracks: Sequence[_Track], matches: Matches, scale: float) -> None:
    """What an earlier scan tells about the lesions of later ones."""
    for pair in matches.pairs:
        track = tracks[pair.now]
        track.measurements += [*map(vanished, track.absent), scan.measured(numbers[pair.then])]
        track.absent, track.footprint = [], scan.lesions[numbers[pair.then]]
        if pair.how == "place":
            track.notes.append(f"Matched on {in_words(scan.when)} by position alone, {pair.apart_mm / scale:.0f} "
                               "mm away: check that it is the same lesion.")
    partners = {pair.then: tracks[pair.now] for pair in matches.pairs}
    for then, now in matches.split:
        tracks[now].closed = True
        tracks[now].notes.append(f"On {in_words(scan.when)} part of {partners[then].name}.")
        partners[then].remark(f"On {in_words(scan.when)} still one lesion with {tracks[now].name}, from which "
                              "it separated later.")
    for then, now in matches.tangled:
        tracks[now].remark(f"On {in_words(scan.when)} {partners[then].name} extended into its position.")
    for now in matches.new:
        if scan.lacks(tracks[now].footprint):
            tracks[now].absent.append(scan.when)
        else:
            tracks[now].notes.append(f"Without a mask on {in_words(scan.when)}; whether it was there is unknown.")
