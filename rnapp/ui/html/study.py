"""The first screen: the series of a study, cases kept on this computer, models."""

from collections.abc import Mapping, Sequence

from rnapp.types import Question, Series, Study
from rnapp.ui.html.common import notice
from rnapp.ui.html.render import render
from rnapp.ui.ports import Entry, Installed
from rnapp.ui.workspace import Message

NO_STUDY, NO_PATIENT = "No study is open yet.", "Choose the patient to see the series."
CONTRAST = {True: "yes", False: "no", None: "not known"}


def heading(question: Question) -> str:
    """What is to be chosen here."""
    return render("series_heading", roles=question.roles)


def series_table(study: Study | None, chosen: Mapping[str, str], question: Question) -> str:
    """One row per series; the usable ones can be chosen for the question's first role. chosen: role → uid."""
    series = study.series if study else ()
    empty = NO_STUDY if study is None else NO_PATIENT
    return render("series_table", series=series, chosen=chosen.get(question.reference), empty=empty, contrast=CONTRAST)


def series_words(series: Series) -> str:
    """A series in one line."""
    return f"{series.description or 'without description'} ({', '.join((series.kind, *filter(None, [series.date])))})"


def why_proposed(study: Study | None, chosen: Mapping[str, str], question: Question) -> str:
    """Why each role's series is proposed."""
    proposed = study.proposed if study else {}
    rows = [(role.label, proposed[role.name].why, chosen.get(role.name) != proposed[role.name].uid)
            for role in question.roles if role.name in proposed and proposed[role.name].uid]
    return render("why_proposed", rows=rows, several=len(question.roles) > 1) if rows else ""


def files_left_out(study: Study | None) -> str:
    """The files that are in no series, by kind, but for those that the warnings tell of."""
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
