"""The chosen dose read, put on the prepared scans, and the pictures by which a person looks at all of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from rnapp.case.case import Case
from rnapp.errors import InputError, StudyError
from rnapp.types import (
    CancelToken,
    Dose,
    LoadedSeries,
    Prepared,
    Prescription,
    ProgressCallback,
    Question,
    part_of,
)
from rnapp.ui.dose_told import NOTHING_TOLD, DoseTold
from rnapp.ui.ports import Pipeline

NOT_KEPT = ("The files of the dose were not kept with this case, and the way that it had leads to another scan; open "
            "the study again to place its dose.")
READING, PLACED = "Reading the dose", 0.9  # how far the placing is when the dose lies there


@dataclass(frozen=True, eq=False)
class Placing:
    """How a dose is put on prepared scans: the pipeline, the question whose roles are meant, what a person said."""

    pipeline: Pipeline
    question: Question
    told: DoseTold = NOTHING_TOLD

    @property
    def role(self) -> str:
        """Of the dose, "" where the question has none."""
        return next((one.name for one in self.question.roles_of("dose")), "")

    def place(self, case: Case, prepared: Prepared, progress: ProgressCallback, cancel: CancelToken) -> Prepared:
        """The prepared scans with the dose that is chosen in the case, not confirmed, or without one where none is
        chosen. Raises StudyError, GeometryError, PreparationError, Cancelled."""
        study, series = case.study, case.chosen_for(self.role)
        if study is None or series is None:
            return replace(prepared, dose=None)
        if not series.files:
            return self._again(case, prepared)
        progress(READING, 0.0)
        told = self.told.only({one.code for one in series.cautions})
        dose = self.pipeline.load_dose(study, series.uid, told.relative_gy, told.fractions, told.all_parts)
        dose = with_typed(dose, _typed_before(case.prepared, dose))
        cancel.check()
        progress(READING, 0.2)
        links, planning = self.pipeline.load_links(study), self.planning(case, cancel)
        return self.pipeline.place_dose(prepared, dose, links, planning, part_of(progress, 0.3, PLACED), cancel)

    def _again(self, case: Case, prepared: Prepared) -> Prepared:
        """With the dose of a kept case. Raises StudyError where another scan is the reference now."""
        kept = case.kept_dose
        if kept is None or not kept.fits(case.chosen, (self.role, self.question.reference)):
            raise StudyError(NOT_KEPT)
        return self.pipeline.place_again(prepared, kept.placed)

    def planning(self, case: Case, cancel: CancelToken) -> LoadedSeries | None:
        """The scan that is chosen as the one that the dose was planned on, None where none is or its files are gone."""
        study = case.study
        for role in self.question.roles_of("planning"):
            series = case.chosen_for(role.name)
            if study is not None and series is not None and series.files:
                return self.pipeline.load_series(study, series.uid, cancel, role)
        return None

    def pictures(self, prepared: Prepared, planning: LoadedSeries | None) -> Mapping[str, bytes]:
        """Role → the picture by which a person looks at a further scan, or at the dose."""
        further = list(prepared.channels)[1:]
        pictures = {role: self.pipeline.pair_picture(prepared, role, self.question) for role in further}
        if prepared.dose is not None:
            pictures[self.role] = self.pipeline.dose_picture(prepared, planning)
        return MappingProxyType(pictures)

    def all(self, case: Case, prepared: Prepared, progress: ProgressCallback,
            cancel: CancelToken) -> tuple[Prepared, Mapping[str, bytes], str]:
        """The prepared scans with the dose, their pictures, and why there is no dose although one is chosen, "" where
        there is. Raises Cancelled."""
        trouble = ""
        try:
            prepared = self.place(case, prepared, progress, cancel)
        except InputError as error:  # the scans are prepared all the same
            trouble = f"The dose is not used. {error}"
        cancel.check()
        planning = self.planning(case, cancel) if prepared.dose else None
        return prepared, self.pictures(prepared, planning), trouble


def with_typed(dose: Dose, typed: tuple[Prescription, ...]) -> Dose:
    """The dose with what a person gave instead of what was given before; what its plans say stays, and comes first."""
    planned = tuple(one for one in dose.prescriptions if not one.typed)
    return replace(dose, prescriptions=planned if any(one.dose_gy for one in planned) else (*planned, *typed))


def _typed_before(prepared: Prepared | None, dose: Dose) -> tuple[Prescription, ...]:
    """The prescription that a person gave for this dose when it was placed before."""
    before = prepared.dose.dose if prepared and prepared.dose else None
    same = before is not None and before.sources == dose.sources
    return tuple(one for one in before.prescriptions if one.typed) if before and same else ()
