"""The first screen: the series of a study, cases kept on this computer, models."""

from collections.abc import Mapping, Sequence

from rnapp.types import Question, Role, Series, Study
from rnapp.ui.html.common import notice
from rnapp.ui.html.render import render
from rnapp.ui.kept_ports import Entry
from rnapp.ui.ports import Installed, role_problem
from rnapp.ui.workspace import Message

NO_STUDY, NO_PATIENT = "No study is open yet.", "Choose the patient to see the series."
CONTRAST = {True: "yes", False: "no", None: "not known"}


def task_choice(questions: Sequence[Question], asked: Question, busy: bool) -> str:
    """Which question is asked; nothing where there is only one. busy: it cannot be changed now."""
    return render("task_choice", questions=questions, asked=asked.id, busy=busy) if len(questions) > 1 else ""


def heading(question: Question) -> str:
    """What is to be chosen here."""
    return render("series_heading", roles=question.roles)


def series_table(study: Study | None, chosen: Mapping[str, str], question: Question) -> str:
    """One row per series; those that fit can be chosen for the question's first role. chosen: role → uid."""
    rows = [(one, role_problem(one, question.roles[0])) for one in (study.series if study else ())]
    empty = NO_STUDY if study is None else NO_PATIENT
    return render("series_table", rows=rows, chosen=chosen.get(question.reference), empty=empty, contrast=CONTRAST)


def series_words(series: Series) -> str:
    """A series in one line."""
    facts = series.facts if series.kind == "dose" else ()
    about = ", ".join((series.kind, *filter(None, [series.date]), *facts))
    return f"{series.description or 'without description'} ({about})"


def why_proposed(study: Study | None, chosen: Mapping[str, str], question: Question) -> str:
    """Why the series of the first role is proposed; for the others see why_chosen."""
    role = question.roles[0]
    proposed = study.proposed.get(role.name) if study else None
    if proposed is None or not proposed.uid:
        return ""
    return render("why_proposed", label=role.label, why=proposed.why, other=chosen.get(role.name) != proposed.uid,
                  several=len(question.roles_of("scan")) > 1)


def why_chosen(study: Study, chosen: str | None, role: Role) -> str:
    """Why this series is proposed for a further role, or that the user chose another one; what the role is for."""
    proposed = study.proposed.get(role.name)
    if proposed is None:
        return role.help
    if (chosen or None) == proposed.uid:
        return f"{role.help} {proposed.why}".strip()
    yours = "You chose another." if chosen else "You chose none."
    return f"{role.help} {yours} {proposed.why}".strip()


def files_left_out(study: Study | None) -> str:
    """The files that are in no series, by kind, except those that the warnings mention."""
    left = [one for one in (study.left_out if study else ()) if not one.serious]
    return render("files_left_out", left=left, count=sum(one.files for one in left)) if left else ""


def kept_cases(entries: Sequence[Entry], open_id: str | None, trouble: str) -> str:
    """The cases kept on this workstation. open_id: of the one that is open; trouble: why its last changes are not
    kept."""
    if not entries and not trouble:
        return ""
    message = Message("error", f"The last changes are not kept. {trouble}") if trouble else None
    return notice(message, "kept-trouble") + render("kept_cases", entries=entries, open_id=open_id)


def models(found: Sequence[Installed], in_use: str) -> str:
    """The weight bundles of this computer. in_use: SHA-256 of the card of the one that answers now."""
    return render("models", found=found, in_use=in_use)
