"""The share that a centre set is kept by question, and never silently lost."""

import json

import pytest

from rnapp.errors import InputError
from rnapp.trust.prior import FILE, keep_prior, read_prior


def test_it_is_kept_by_question(tmp_path):
    data = tmp_path / "data"
    assert read_prior(data, "metastasis") is None
    keep_prior(data, "metastasis", 0.2)
    keep_prior(data, "rice", 0.7)
    keep_prior(data, "metastasis", 0.3)
    assert (read_prior(data, "metastasis"), read_prior(data, "rice"), read_prior(data, "other")) == (0.3, 0.7, None)


def test_the_models_own_again(tmp_path):
    keep_prior(tmp_path, "metastasis", 0.2)
    keep_prior(tmp_path, "rice", 0.7)
    keep_prior(tmp_path, "metastasis", None)
    assert (read_prior(tmp_path, "metastasis"), read_prior(tmp_path, "rice")) == (None, 0.7)
    keep_prior(tmp_path, "metastasis", None)


def test_a_user_without_a_folder_has_set_nothing():
    assert read_prior(None, "metastasis") is None


@pytest.mark.parametrize("share", [0.0, 1.0, 0.99, -0.5, float("nan")])
def test_an_impossible_share_is_refused_and_the_old_one_stays(tmp_path, share):
    keep_prior(tmp_path, "metastasis", 0.2)
    with pytest.raises(InputError, match="Expected a share"):
        keep_prior(tmp_path, "metastasis", share)
    assert read_prior(tmp_path, "metastasis") == 0.2


@pytest.mark.parametrize("content", ["", "[1]", "[" * 100_000, '{"metastasis": "0.2"}', '{"metastasis": true}',
                                     '{"metastasis": 3}', "\xff"])
def test_a_damaged_file_is_never_taken_for_nothing_and_setting_cures_it(tmp_path, content):
    (tmp_path / FILE).write_bytes(content.encode("latin-1"))
    with pytest.raises(InputError, match="set it again"):
        read_prior(tmp_path, "metastasis")
    keep_prior(tmp_path, "metastasis", 0.4)
    assert json.loads((tmp_path / FILE).read_text()) == {"metastasis": 0.4}


def test_a_folder_that_cannot_be_written_gets_a_sentence(tmp_path):
    (tmp_path / "data").write_text("in the way")
    with pytest.raises(InputError, match="could not be saved"):
        keep_prior(tmp_path / "data", "metastasis", 0.4)
