"""The form: what is left empty is unknown, and a pseudonym can be printed."""

import pytest

from rnapp.case.form import PSEUDONYM_LENGTH, Form, checked_pseudonym
from rnapp.errors import ClinicalError


def test_fields_that_are_left_empty_are_unknown() -> None:
    form = Form("RN-1", {"age": 0.0, "sex": "", "primary_tumour": None})
    assert form == Form("RN-1", {"age": 0.0}), "a number of zero is filled in"
    assert (form.value("age"), form.value("sex"), form.value("other")) == (0.0, None, None)


@pytest.mark.parametrize("pseudonym", ["x" * (PSEUDONYM_LENGTH + 1), "a\nb", "a\tb"])
def test_a_pseudonym_that_cannot_be_printed_is_refused(pseudonym: str) -> None:
    with pytest.raises(ClinicalError, match="one line"):
        checked_pseudonym(Form(pseudonym))
    assert checked_pseudonym(Form(f" {'x' * PSEUDONYM_LENGTH} ")) == "x" * PSEUDONYM_LENGTH
