"""What the reader confirmed against what there is to confirm, and how to confirm the rest on the command line."""

from collections.abc import Sequence

from rnapp.errors import InputError
from rnapp.report.result_json import all_cautions
from rnapp.report.wording import statement, subject
from rnapp.types import STUDY, Answer, CaseResult, Confirmed, of_level

# Known of any case, whether they arise or not: some do so only once an answer is there.
ALWAYS = ("registration_doubtful", "match_doubtful", "mask_unconfirmed", "unlike_training", "model_not_calibrated")


def check_known(result: CaseResult, confirmed: Sequence[Confirmed]) -> None:
    """Raises InputError for a code that no caution of the case has, and for a lesion that is not there: a slip of the
    pen must not go unnoticed."""
    numbers = {one.lesion for one in result.reading.answers} - {STUDY}
    codes = {one.code for one, _ in all_cautions(result)}
    for word in confirmed:
        if word.lesion is not None and word.lesion not in numbers:
            raise InputError(f"Expected the number of a lesion that was read before {word.code!r}, but got "
                             f"{word.lesion}; {_open(result)}")
        if word.code not in codes and word.code not in ALWAYS:
            raise InputError(f"Expected the code of a caution of this case to confirm, but got {word.code!r}; "
                             f"{_open(result)}")


def withheld_lines(result: CaseResult) -> list[str]:
    """One line for each answer without a number: why, and how it is confirmed on the command line."""
    return [_line(result, answer) for answer in result.reading.answers if answer.prediction is None]


def _line(result: CaseResult, answer: Answer) -> str:
    said = f"{subject(result.lesions, answer.lesion)}: {statement(result.question, answer)}"
    options = " ".join(f"--confirm {typed}=REASON" for typed in _typed(result, answer))
    if not options or _stopped(answer):
        return said
    return f"{said} If you have looked and it is right all the same: {options}"


def _stopped(answer: Answer) -> bool:
    return answer.trust is not None and bool(of_level(answer.trust.because, "stop"))


def _typed(result: CaseResult, answer: Answer) -> list[str]:
    """The cautions that are open, as --confirm takes them; those of the whole case without a lesion."""
    because = of_level(answer.trust.because if answer.trust else (), "confirm")
    whole = (*result.prepared.cautions, *result.lesions.cautions)
    return [one.code if answer.lesion == STUDY or one in whole else f"{answer.lesion}:{one.code}" for one in because]


def _open(result: CaseResult) -> str:
    typed = list(dict.fromkeys(one for answer in result.reading.answers for one in _typed(result, answer)))
    return f"open are: {', '.join(typed)}." if typed else "nothing is open; leave it out."
