"""The way from a dose to the scan that is drawn on, rigid and in the patient's millimetres.

Best first: both name one frame of reference; a registration file links their frames; another prepared scan has the
dose's frame; a planning scan has it, and is registered to the reference scan.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rnapp.errors import PreparationError
from rnapp.geometry import IDENTITY
from rnapp.preprocess.planning import register_planning
from rnapp.types import (
    CancelToken,
    Channel,
    Dose,
    DosePath,
    FrameLink,
    LoadedSeries,
    Prepared,
    SimilarityTransform,
)


def find_path(prepared: Prepared, dose: Dose, links: Sequence[FrameLink], planning: LoadedSeries | None,
              cancel: CancelToken) -> DosePath:
    """The best way there is. Raises PreparationError where there is none, or the planning scan shows another head;
    GeometryError for a way with a scale; Cancelled."""
    frame = dose.volume.frame_of_reference
    known = next(_known_ways(prepared, frame, links), None)
    if known is not None:
        return known
    if planning is not None:
        return _by_planning(prepared, frame, links, planning, cancel)
    if not frame:
        return DosePath("as_given", ("The dose file names no frame of reference; its millimetres are taken for those "
                                     "of the scan.",), IDENTITY)
    raise PreparationError(
        "Expected a way from the dose to the scan, but they have different frames of reference; add the CT or MRI that "
        "the dose was planned on, or a registration file (REG) between them.")


def _known_ways(prepared: Prepared, frame: str, links: Sequence[FrameLink]) -> Iterator[DosePath]:
    """Those that need no registration, best first."""
    if not frame:
        return
    scan = frame_of(prepared.reference)
    if frame == scan:
        yield DosePath("same_frame", ("The dose and the scan have the same frame of reference.",), IDENTITY)
    if linked := _linked(frame, scan, links):
        yield DosePath("registration_file", _link_words(linked, "the scan"), linked.transform)
    for role, channel in list(prepared.channels.items())[1:]:
        steps: tuple[str, ...] = (f"The dose and the scan '{role}' have the same frame of reference.",)
        here: _Linked | None = _Linked(IDENTITY, 0)
        if frame != frame_of(channel):
            here = _linked(frame, frame_of(channel), links)
            steps = _link_words(here, f"the scan '{role}'") if here else ()
        if here is not None:
            to_scan = _rigid(prepared.to_atlas.inverse().after(channel.to_atlas)).after(here.transform)
            yield DosePath("planning_scan", (*steps, f"The scan '{role}' is registered to the reference scan (rigid)."),
                           to_scan, channel.match)


def _by_planning(prepared: Prepared, frame: str, links: Sequence[FrameLink], planning: LoadedSeries,
                 cancel: CancelToken) -> DosePath:
    """Raises PreparationError where the planning scan is not of the dose's frame, or shows another head."""
    own = planning.volume.frame_of_reference or planning.series.frame_of_reference
    kind = "CT" if planning.series.modality == "CT" else "scan"
    linked: _Linked | None = _Linked(IDENTITY, 0)
    steps: tuple[str, ...] = (f"The dose and the planning {kind} have the same frame of reference.",)
    if not frame or not own:
        steps = (f"The dose file or the planning {kind} names no frame of reference; the dose is taken to lie on the "
                 f"planning {kind}.",)
    elif frame != own:
        linked = _linked(frame, own, links)
        steps = _link_words(linked, f"the planning {kind}") if linked else ()
    if linked is None:
        raise PreparationError(
            "Expected a planning scan with the frame of reference of the dose, but it has another one; choose the scan "
            "that the dose was planned on, or add a registration file (REG) between them.")
    match = register_planning(planning, prepared, cancel)
    steps = (*steps, f"The planning {kind} is registered to the scan by mutual information (rigid, six parameters).")
    return DosePath("planning_scan", steps, match.to_scan.after(linked.transform), match.quality)


@dataclass(frozen=True, eq=False)
class _Linked:
    """transform: from one frame to the other, LPS mm; files: how many registration files make it."""

    transform: SimilarityTransform
    files: int


def _linked(source: str, target: str, links: Sequence[FrameLink]) -> _Linked | None:
    """By as few registration files as possible, each read either way; None where they do not connect the frames."""
    if not source or not target:
        return None
    reached = {source: _Linked(IDENTITY, 0)}
    fresh = [source]
    while fresh and target not in reached:
        here = fresh.pop(0)
        for other, step in _steps(here, links):
            if other not in reached:
                reached[other] = _Linked(step.after(reached[here].transform), reached[here].files + 1)
                fresh.append(other)
    found = reached.get(target)
    return found if found and found.files else None


def _steps(frame: str, links: Sequence[FrameLink]) -> Iterator[tuple[str, SimilarityTransform]]:
    for link in links:
        if link.source == frame:
            yield link.target, link.to_target
        if link.target == frame:
            yield link.source, link.to_target.inverse()


def _link_words(linked: _Linked, target: str) -> tuple[str, ...]:
    one = "A registration file leads" if linked.files == 1 else f"{linked.files} registration files lead"
    return (f"{one} from the dose's frame of reference to that of {target}.",)


def frame_of(channel: Channel) -> str:
    """The frame of reference of a prepared scan's own millimetres, "" where none is named."""
    return channel.native.frame_of_reference or channel.series.frame_of_reference


def _rigid(transform: SimilarityTransform) -> SimilarityTransform:
    """Without the last digits of a scale that rounding left; DosePath refuses any other."""
    if abs(transform.scale - 1) > 1e-4:
        return transform
    matrix = transform.matrix.copy()
    matrix[:3, :3] /= transform.scale
    return SimilarityTransform(matrix)
