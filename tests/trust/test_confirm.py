"""The reader's word, as it is typed."""

import pytest

from rnapp.errors import InputError
from rnapp.trust.confirm import LONGEST_REASON, checked_reason, parse_confirmed, parse_several
from rnapp.types import Confirmed


@pytest.mark.parametrize(("typed", "expected"), [
    ("unlike_training", Confirmed("unlike_training")),
    (" 2:unlike_training ", Confirmed("unlike_training", 2)),
    ("odd=operated = twice: yes", Confirmed("odd", None, "operated = twice: yes")),
    ("12:odd= a reason ", Confirmed("odd", 12, "a reason")),
    ("odd=", Confirmed("odd"))])
def test_what_can_be_typed(typed, expected):
    assert parse_confirmed(typed) == expected


@pytest.mark.parametrize("typed", ["", "=reason", "0:odd", "one:odd", "Odd", "2:", "-1:odd", "odd thing", ":odd"])
def test_anything_else_is_refused_with_an_example(typed):
    with pytest.raises(InputError, match=r"^expected the code of a caution, like 'unlike_training'"):
        parse_confirmed(typed)


def test_several_in_one_cell():
    assert parse_several(" 1:odd=seen; far ;") == (Confirmed("odd", 1, "seen"), Confirmed("far"))
    assert parse_several("") == ()


@pytest.mark.parametrize("reason", ["x" * (LONGEST_REASON + 1), "two\nlines", "odd\x07bell"])
def test_a_reason_is_one_line(reason):
    with pytest.raises(InputError, match="one line"):
        checked_reason(reason)
    with pytest.raises(InputError, match="one line"):
        parse_confirmed(f"odd={reason}")


def test_a_reason_may_be_as_long_as_a_line():
    assert checked_reason(f" {'x' * LONGEST_REASON} ") == "x" * LONGEST_REASON
