"""Where the dose lies, and what is said of it in numbers once a person has confirmed it."""

from collections.abc import Sequence

from rnapp.types import CaseResult, Caution, DoseFigures, LesionSet, PlacedDose, Prepared, Question
from rnapp.ui.html.render import render
from rnapp.ui.ports import dose_words, gy_words

NO_PRESCRIPTION = "No plan says what was prescribed, so isodoses have no per cent until you enter it."


def pair_pictures(prepared: Prepared, question: Question, revision: int) -> str:
    """A picture of each further scan on the first one."""
    further = list(prepared.channels)[1:]
    labels = {role.name: role.label for role in question.roles}
    return render("pair_pictures", pairs=[(role, labels.get(role, role)) for role in further], revision=revision,
                  first=labels.get(next(iter(prepared.channels)), "the first scan"))


def way(placed: PlacedDose, doubtful: bool, look: bool) -> str:
    """The way from the dose to the scan in words, and who confirmed it. doubtful: a person must say so expressly; look:
    it is time to look at it."""
    known = dose_words.prescriptions(placed)
    said = f"Prescribed: {known}." if placed.dose.prescribed_gy is not None else NO_PRESCRIPTION
    return render("dose_way", steps=placed.path.steps, match=placed.path.match, confirmed=placed.confirmed,
                  doubtful=doubtful, look=look, prescription=said)


def lesion_doses(figures: DoseFigures | None, lesions: LesionSet | None) -> str:
    """What each lesion received; nothing where there is no confirmed dose or no lesion."""
    if figures is None or lesions is None or not figures.lesions:
        return ""
    return render("lesion_doses", **_of_lesions(figures, lesions))


def beside(result: CaseResult) -> str:
    """All figures of a reading's dose, with what studies say; nothing where it has none."""
    figures = result.reading.dose
    if figures is None:
        return ""
    return render("dose_beside", beside=dose_words.BESIDE, facts=_facts(figures), brain=figures.brain,
                  volume=dose_words.volume, evidence=dose_words.evidence(result.question, figures),
                  **_of_lesions(figures, result.lesions, figures.cautions))


def _of_lesions(figures: DoseFigures, lesions: LesionSet, cautions: Sequence[Caution] = ()) -> dict[str, object]:
    notes = [*map(str, cautions)]
    notes += [f"Lesion {one.lesion}: {caution}" for one in figures.lesions for caution in one.cautions]
    return {"head": dose_words.LESION_HEAD, "words": dose_words.LESION_WORDS, "notes": list(dict.fromkeys(notes)),
            "rows": [dose_words.lesion_row(one, lesions.called(one.lesion)) for one in figures.lesions]}


def _facts(figures: DoseFigures) -> list[tuple[str, str]]:
    fractions = "" if figures.fractions is None else f" in {figures.fractions} fractions"
    prescribed = "unknown" if figures.prescribed_gy is None else f"{gy_words(figures.prescribed_gy)}{fractions}"
    months = "unknown" if figures.months_since is None else f"{figures.months_since:g} months"
    return [("Prescribed", prescribed), ("Technique", dose_words.TECHNIQUES[figures.technique]),
            ("Highest dose", gy_words(figures.most_gy)), ("Since radiotherapy", months)]
