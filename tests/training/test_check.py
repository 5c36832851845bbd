"""Measuring a bundle on fresh lesions: what it must not be asked."""

import pytest

from rnapp.config import weights_folder
from training.check import main

DEMO = str(weights_folder() / "bundles" / "demo")


@pytest.mark.parametrize(("given", "words"), [
    ([DEMO, "--seed", "0"], "choose another seed"),
    ([DEMO, "--lesions", "3"], "at least 20 lesions"),
    (["no_such_bundle"], "no_such_bundle"),
])
def test_lesions_it_was_trained_on_too_few_of_them_or_no_bundle_get_a_sentence(given, words, capsys):
    assert main(given) == 2
    assert words in capsys.readouterr().err
