"""The screen of the reading: the board's opinion, the answer and its reasons."""

from rnapp.case.case import Case
from rnapp.trust.attention import sentence, too_weak
from rnapp.trust.confirm import LONGEST_REASON
from rnapp.types import STUDY, Answer, CaseResult, Question, Trust, of_level
from rnapp.ui.html.render import render
from rnapp.ui.ports import dose_words, exact_names, wording

LEVELS = ("stop", "confirm", "note")
SOURCES = {"imaging": "image networks", "radiomics": "radiomics", "clinical": "clinical data"}


def answer(result: CaseResult, index: int) -> str:
    """The probability in words and numbers; next to it the model and how well it has performed."""
    question, shown, card = result.question, result.reading.answers[index], result.reading.model
    if shown.prediction is None:
        return _withheld(question, shown)
    return render("answer", question=question, prediction=shown.prediction, demonstration=card.demonstration,
                  verdict=wording.verdict(question, shown), statement=wording.statement(question, shown),
                  made_up=wording.made_up(question), facts=wording.validation(card.metrics, shown.inputs),
                  bar=_bar(shown), judgement=_judgement(question, shown.trust))


def _withheld(question: Question, shown: Answer) -> str:
    """That there is no number, and why."""
    trust = shown.trust or Trust("withheld")
    return render("withheld", verdict=wording.verdict(question, shown), why=wording.reasons(question, shown),
                  stopped=bool(of_level(trust.because, "stop")),
                  likeness=wording.likeness_words(trust.likeness) if trust.likeness and trust.likeness.like else "")


def _bar(shown: Answer) -> dict[str, object] | None:
    """The number between its limits, with all that moves it; None where that was not measured."""
    trust = shown.trust
    if trust is None or trust.interval is None or trust.limits is None or trust.prior is None:
        return None
    return {"low": trust.interval[0], "high": trust.interval[1], "limits": trust.limits, "prior": trust.prior,
            "words": wording.interval_words(shown), "variations": trust.variations, "steady": trust.steady}


def _judgement(question: Question, trust: Trust | None) -> list[tuple[str, str]]:
    """Id → words: the rule with this answer's limits, the share that is assumed, and how like the model's cases this
    one is."""
    if trust is None:
        return []
    likeness = wording.likeness_words(trust.likeness) if trust.likeness else ""
    said = {"rule": wording.rule(question, trust), "prior-words": wording.prior_words(question, trust),
            "likeness": likeness}
    return [(name, words) for name, words in said.items() if words]


def cautions(result: CaseResult, index: int) -> str:
    """Everything that this answer has to be read with, by what follows from it; with a place for the reason where it
    can be confirmed."""
    answer = result.reading.answers[index]
    because = answer.trust.because if answer.trust else ()
    askable = () if of_level(because, "stop") else because
    rows = [{"level": one.level, "sentence": str(one), "code": one.code if one in askable else "",
             "words": wording.level_words(one, answer.lesion, result.reading.confirmed)}
            for one in sorted(wording.cautions_of(result, answer), key=lambda one: LEVELS.index(one.level))]
    return render("cautions", cautions=rows, index=index, longest=LONGEST_REASON,
                  elem_id="reading-warning-list") if rows else ""


def prior(question: Question, share: float | None) -> str:
    """Which share of the first outcome answers assume. share: None for that of the model's calibration."""
    return render("prior", outcome=question.outcomes[0].name, prior=share)


def inputs_seen(result: CaseResult, index: int) -> str:
    """Which inputs the model saw, if it can work with fewer, and how its folds vote on a study."""
    answer = result.reading.answers[index]
    said = dose_words.inputs_words(result.question, answer)
    votes = _votes(result.question, answer) if result.question.unit == "study" else ""
    return render("inputs_seen", sentence=f"{votes} {said}".strip()) if votes or said else ""


def _votes(question: Question, answer: Answer) -> str:
    folds, first = answer.prediction.folds if answer.prediction else (), question.outcomes[0]
    count = sum(fold >= 0.5 for fold in folds)
    return f"Of {len(folds)} models, {count} favour {first.short} (majority vote)." if folds else ""


def occlusion(result: CaseResult, index: int) -> str:
    """What a map of occlusion shows and does not show, and whether there is one."""
    return render("occlusion", meaning=result.question.map_meaning, made=bool(result.reading.answers[index].occlusion))


def where_it_looked(result: CaseResult, index: int) -> str:
    """What the map of the image networks is, or that it is too weak to be drawn."""
    answer = result.reading.answers[index]
    return render("where_it_looked", weak=sentence(answer) if too_weak(answer) else "")


def names_of_bars(result: CaseResult, index: int) -> str:
    """The exact names of what the waterfall shows, folded; "" where there are none."""
    names = exact_names.exact_names(result.reading.answers[index])
    return render("exact_names", names=names) if names else ""


def sources(result: CaseResult, index: int) -> str:
    """The total effect of each kind of input on the log-odds: one alone may outweigh the others."""
    contributions = result.reading.answers[index].contributions
    sums = [(words, sum(one.effect for one in contributions if one.group == group))
            for group, words in SOURCES.items() if any(one.group == group for one in contributions)]
    return render("sources", sums=sums, towards=result.question.outcomes[0].short)


def what_ifs(result: CaseResult, index: int) -> str:
    """What each unknown value could do to the answer."""
    what_if = result.reading.answers[index].what_if
    known = None not in (result.reading.clinical.get(field.name) for field in result.question.fields)
    return render("what_ifs", sentences=[wording.what_if(one) for one in what_if], known=known,
                  outcome=result.question.outcomes[0].short)


def overview(result: CaseResult, shown: int | None) -> str:
    """All answers in one table. shown: index of the one on display; None if they cannot be chosen here."""
    noted = {opinion.lesion: opinion for opinion in result.board}
    rows = [_row(result, one, wording.board(result.question, noted.get(one.lesion))) for one in result.reading.answers]
    return render("overview", rows=rows, shown=shown, outcome=result.question.outcomes[0].short,
                  measured=result.question.unit == "lesion")


def board_form(question: Question, case: Case, revision: int) -> str:
    """For each lesion, or the study, its picture, and what the board thinks of it."""
    lesions = case.lesions
    of_study = [(STUDY, "This study", None)]
    about = of_study if question.unit == "study" or lesions is None else [
        (one.number, f"Lesion {lesions.called(one.number)}", one) for one in lesions.lesions]
    return render("board_form", about=about, opinions=case.opinions, leanings=question.leanings, revision=revision,
                  informed=case.former.informed)


def _row(result: CaseResult, one: Answer, board: str) -> dict[str, object]:
    lesion = None if one.lesion == STUDY else result.lesions.lesion(one.lesion)
    return {"called": "Study" if lesion is None else result.lesions.called(lesion.number), "lesion": lesion,
            "prediction": one.prediction, "interval": wording.interval_words(one),
            "verdict": wording.verdict(result.question, one), "board": board}
