"""The reader's word for a caution, as it is typed: [LESION:]CODE[=REASON]."""

import re

from rnapp.errors import InputError
from rnapp.types import Confirmed

LONGEST_REASON = 200  # characters
_TYPED = re.compile(r"(?:(?P<lesion>[1-9]\d{0,3}):)?(?P<code>[a-z][a-z0-9_]*)(?:=(?P<reason>.*))?", re.DOTALL)


def parse_confirmed(text: str) -> Confirmed:
    """One of them. Raises InputError."""
    found = _TYPED.fullmatch(text.strip())
    if found is None:
        raise InputError("expected the code of a caution, like 'unlike_training', '2:unlike_training' for lesion 2 or "
                         f"'unlike_training=the reason', but got '{_shown(text)}'; correct it.")
    lesion = found["lesion"]
    return Confirmed(found["code"], int(lesion) if lesion else None, checked_reason(found["reason"] or ""))


def parse_several(text: str) -> tuple[Confirmed, ...]:
    """Several, "1:unlike_training=operated; registration_doubtful"; none for an empty text. Raises InputError."""
    return tuple(parse_confirmed(part) for part in text.split(";") if part.strip())


def checked_reason(text: str) -> str:
    """A reason for the report: one line. Raises InputError."""
    reason = text.strip()
    if len(reason) > LONGEST_REASON or not reason.isprintable():
        raise InputError(f"expected a reason of one line and at most {LONGEST_REASON} characters; shorten it.")
    return reason


def _shown(text: str) -> str:
    return "".join(one if one.isprintable() else "?" for one in text[:60])
