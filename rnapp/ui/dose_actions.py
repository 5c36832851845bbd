"""The dose of the open case: put on the prepared scans, looked at, confirmed or left out; its prescription."""

from dataclasses import replace
from types import MappingProxyType

from rnapp.case.case import Case, Preparation
from rnapp.errors import ClinicalError, PreparationError
from rnapp.types import (
    CancelToken,
    Clinical,
    DoseFigures,
    LesionSet,
    PlacedDose,
    Prepared,
    Prescription,
    ProgressCallback,
    of_level,
)
from rnapp.ui.actions import Actions
from rnapp.ui.dose_told import MOST_FRACTIONS, MOST_GY
from rnapp.ui.flow import next_step, unanswered
from rnapp.ui.placing import Placing, with_typed
from rnapp.ui.workspace import Message, Step

NOTHING = "There is no dose to look at; choose one on the first screen and place it."
NO_DOSE = Message("error", "Choose a dose on the first screen first.")
SCANS_FIRST = Message("error", "Accept the registration of the scans first; the dose lies on them.")
DOUBTFUL = Message("error", "Where this dose lies is doubtful: tick the box to accept it anyway, or do not use it.")
LONGEST_NAME = 60


class DoseActions:
    """What the screens do with the dose. Every error ends as a message on the screen of the preparation; what is drawn
    and what the board thinks stays, whatever happens to the dose."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions
        self._workspace = actions.workspace
        self._pipeline = actions.pipeline
        self._figures: tuple[tuple[object, ...], DoseFigures | None] = ((), None)  # of the last case, made once

    def place(self) -> bool:
        """Put the dose that is chosen now on the prepared scans, in the background; whether it was started."""
        now, placing = self._workspace.open, self._placing()
        case, preparation, told = now.case, now.case.preparation, now.page.dose_told
        if preparation is None or case.chosen_for(placing.role) is None:
            self._workspace.say(Step.PREPARATION, NO_DOSE)
            return False
        if open_questions := unanswered(case, now.page, self._actions.question):
            self._workspace.say(Step.PREPARATION, Message("error", str(open_questions[0])))
            return False

        def work(progress: ProgressCallback, cancel: CancelToken) -> None:
            prepared = placing.place(case, preparation.prepared, progress, cancel)
            picture = self._pipeline.dose_picture(prepared, placing.planning(case, cancel))
            pictures = MappingProxyType({**preparation.pictures, placing.role: picture})
            cancel.check()
            self._actions.outdated()
            # The scans that were prepared stay, whatever is chosen by now.
            chosen = MappingProxyType({**preparation.chosen, **self._dose_roles(case)})
            self._workspace.update(lambda now: replace(now.with_dose(prepared, chosen, pictures), chosen=now.chosen),
                                   lambda page: replace(page, placed_told=told))

        return self._actions.worker.later(Step.PREPARATION, "Placing the dose", work)

    def confirm(self, by: str = "", despite_doubt: bool = False) -> bool:
        """The user has looked and says that the dose lies where it should. by: a name or a role, "" if not given."""
        case = self._workspace.case
        placed = case.prepared.dose if case.prepared else None
        if placed is None or not case.accepted:
            self._workspace.say(Step.PREPARATION, SCANS_FIRST if placed else Message("error", NOTHING))
            return False
        if doubts(placed) and not despite_doubt:
            self._workspace.say(Step.PREPARATION, DOUBTFUL)
            return False

        def work() -> None:
            name = " ".join(by.split())
            if len(name) > LONGEST_NAME or not name.isprintable():
                raise ClinicalError(f"Expected at most {LONGEST_NAME} characters for who looked at the dose; shorten "
                                    "it.")
            self._change(case, self._pipeline.confirm_dose(_prepared(case), name), go=True)

        return self._actions.worker.now(Step.PREPARATION, work)

    def leave_out(self) -> bool:
        """The dose is not used."""
        case = self._workspace.case

        def work() -> None:
            self._change(case, replace(_prepared(case), dose=None), go=case.accepted)

        return self._actions.worker.now(Step.PREPARATION, work)

    def prescribe(self, dose_gy: float | None, fractions: float | None) -> bool:
        """What was prescribed, where no plan says it; None is unknown. The isodoses are others then, where the dose
        lies is not."""
        case = self._workspace.case

        def work() -> None:
            prepared = _prepared(case)
            typed = _typed(dose_gy, fractions)
            placed = _placed(prepared)
            dose = with_typed(placed.dose, (typed,) if typed else ())
            if any(one.dose_gy and not one.typed for one in placed.dose.prescriptions):
                raise PreparationError("The plan says what was prescribed; that is used.")
            changed = replace(prepared, dose=replace(placed, dose=dose))
            placing = self._placing()
            picture = self._pipeline.dose_picture(changed, placing.planning(case, CancelToken()))
            pictures = MappingProxyType({**_preparation(case).pictures, placing.role: picture})
            self._actions.outdated()
            self._workspace.update(lambda now: replace(now.with_dose(changed, None, pictures), chosen=now.chosen),
                                   only_if=lambda now: now.prepared is prepared)

        return self._actions.worker.now(Step.PREPARATION, work)

    def figures(self, case: Case) -> DoseFigures | None:
        """What is said in numbers about a confirmed dose, None where there is none; made once for each outline."""
        prepared = case.prepared
        if prepared is None or prepared.dose is None or not prepared.dose.usable:
            return None
        if case.lesions is None and case.has_mask:
            return None  # not measured yet
        of = (prepared.dose, case.lesions, case.form)
        if len(self._figures[0]) != len(of) or any(a is not b for a, b in zip(self._figures[0], of, strict=True)):
            lesions: LesionSet = case.lesions or self._pipeline.no_lesions(prepared)
            self._figures = (of, self._pipeline.dose_figures(prepared, lesions, self._clinical(case),
                                                               self._actions.question.id))
        return self._figures[1]

    # Inner parts

    def _clinical(self, case: Case) -> Clinical:
        """What is filled in; nothing as long as something in it cannot be, which is told when the case is read."""
        question = self._actions.question
        try:
            return self._pipeline.parse_clinical(question, case.form.values)
        except ClinicalError:
            return question.unknown

    def _placing(self) -> Placing:
        return Placing(self._pipeline, self._actions.question, self._workspace.page.dose_told)

    def _dose_roles(self, case: Case) -> dict[str, str]:
        question = self._actions.question
        roles = (*question.roles_of("dose"), *question.roles_of("planning"))
        return {role.name: case.chosen.get(role.name, "") for role in roles}

    def _change(self, case: Case, prepared: Prepared, go: bool) -> None:
        """The same scans with another dose, or none. go: on to the next screen."""
        self._actions.outdated()
        question, roles = self._actions.question, self._actions.question.roles_of("dose")
        gone = {} if prepared.dose else {role.name: "" for role in roles}

        def changed(now: Case) -> Case:
            of_scans = MappingProxyType({**_preparation(now).chosen, **gone})
            return replace(now.with_dose(prepared, of_scans), chosen=MappingProxyType({**now.chosen, **gone}))

        self._workspace.update(changed, lambda page: replace(page, step=next_step(prepared, question)) if go else page,
                               only_if=lambda now: now.prepared is case.prepared)


def doubts(placed: PlacedDose) -> bool:
    """Whether a person must say expressly that the dose may be used."""
    return bool(of_level((*placed.cautions, *placed.dose.cautions), "confirm"))


def _typed(dose_gy: float | None, fractions: float | None) -> Prescription | None:
    """Raises ClinicalError for what nobody prescribes."""
    if dose_gy is None and fractions is None:
        return None
    if dose_gy is not None and not 0 < dose_gy <= MOST_GY:
        raise ClinicalError(f"Expected a prescribed dose above 0 and up to {MOST_GY:.0f} Gy, but got {dose_gy:g}; "
                            "correct it or leave it empty.")
    if fractions is not None and not (1 <= fractions <= MOST_FRACTIONS and fractions == int(fractions)):
        raise ClinicalError(f"Expected 1 to {MOST_FRACTIONS} fractions, but got {fractions:g}; correct it or leave it "
                            "empty.")
    return Prescription(dose_gy=dose_gy, fractions=None if fractions is None else int(fractions), typed=True)


def _preparation(case: Case) -> Preparation:
    if case.preparation is None:
        raise PreparationError(NOTHING)
    return case.preparation


def _prepared(case: Case) -> Prepared:
    return _preparation(case).prepared


def _placed(prepared: Prepared) -> PlacedDose:
    if prepared.dose is None:
        raise PreparationError(NOTHING)
    return prepared.dose
