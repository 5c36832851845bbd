"""A file is never half written."""

import pytest

from rnapp.io.replacing import replacing


def test_the_new_content_takes_the_old_ones_place(tmp_path):
    file = tmp_path / "case.json"
    file.write_text("old")
    with replacing(file) as unfinished:
        unfinished.write_text("new")
        assert file.read_text() == "old"
    assert file.read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["case.json"]


def test_what_breaks_off_leaves_the_old_content(tmp_path):
    file = tmp_path / "case.json"
    file.write_text("old")

    def broken():
        with replacing(file) as unfinished:
            unfinished.write_text("ne")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken()
    assert file.read_text() == "old"
