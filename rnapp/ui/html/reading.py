"""The screen of the reading: the board's opinion, the answer and its reasons."""

from rnapp.case.case import Case
from rnapp.types import STUDY, Answer, CaseResult, Question
from rnapp.ui.html.render import render
from rnapp.ui.ports import dose_words, wording

SOURCES = {"imaging": "image networks", "radiomics": "radiomics", "clinical": "clinical data"}


def answer(result: CaseResult, index: int) -> str:
    """The probability in words and numbers; next to it the model and how well it has performed."""
    question, shown, card = result.question, result.reading.answers[index], result.reading.model
    prediction = shown.prediction
    return render("answer", question=question, prediction=prediction, demonstration=card.demonstration,
                  verdict=wording.verdict(question, prediction), statement=wording.statement(question, prediction),
                  made_up=wording.made_up(question), facts=wording.validation(card.metrics, shown.inputs))


def inputs_seen(result: CaseResult, index: int) -> str:
    """Which inputs the model saw, if it can work with fewer, and how its folds vote on a study."""
    answer = result.reading.answers[index]
    said = dose_words.inputs_words(result.question, answer)
    votes = _votes(result.question, answer) if result.question.unit == "study" else ""
    return render("inputs_seen", sentence=f"{votes} {said}".strip()) if votes or said else ""


def _votes(question: Question, answer: Answer) -> str:
    folds, first = answer.prediction.folds, question.outcomes[0]
    count = sum(fold >= 0.5 for fold in folds)
    return f"Of {len(folds)} models, {count} favour {first.short} (majority vote)." if folds else ""


def occlusion(result: CaseResult, index: int) -> str:
    """What a map of occlusion shows and does not show, and whether there is one."""
    return render("occlusion", meaning=result.question.map_meaning, made=bool(result.reading.answers[index].occlusion))


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
            "prediction": one.prediction, "verdict": wording.verdict(result.question, one.prediction), "board": board}
