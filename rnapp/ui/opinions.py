"""What the board thinks of the outlines of a case before it sees the answer."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from rnapp.case.case import Case
from rnapp.errors import RnappError
from rnapp.types import STUDY, BoardOpinion, Question


def with_opinions(case: Case, question: Question, opinions: Sequence[tuple[int, str]]) -> Case:
    """The case with these opinions too (a lesion's number or STUDY, leaning), noted now.

    Raises RnappError for a lesion that takes no opinion, or no longer does.
    """
    numbers = {STUDY} if question.unit == "study" else {
        one.number for one in (case.lesions.lesions if case.lesions else ())}
    if case.revealed or any(lesion not in numbers or leaning not in question.leanings for lesion, leaning in opinions):
        raise RnappError("This opinion can no longer be noted; reload the page.")
    noted = datetime.now().astimezone().isoformat("T", "seconds")
    changed = {lesion: BoardOpinion(lesion, leaning, noted, case.former.informed) for lesion, leaning in opinions
               if lesion not in case.opinions or case.opinions[lesion].leaning != leaning}
    both: Mapping[int, BoardOpinion] = MappingProxyType({**case.opinions, **changed})
    return case.with_same_outline(replace(case.outline, opinions=both))
