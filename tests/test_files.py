"""A file is never half written, and a copy never endless."""

import io
import os
import stat

import pytest

from rnapp.files import TooLarge, copy_at_most, replacing


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
    assert [path.name for path in tmp_path.iterdir()] == ["case.json"]


def test_two_who_write_at_once_do_not_mix(tmp_path):
    file = tmp_path / "case.json"
    with replacing(file) as first, replacing(file) as second:
        first.write_text("first")
        second.write_text("second")
    assert file.read_text() == "first", "the inner one ends before"


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no such modes")
def test_what_is_private_is_for_this_user_alone(tmp_path):
    for private, mode in ((True, 0o600), (False, 0o644)):
        before = os.umask(0o022)
        try:
            with replacing(tmp_path / "file", private) as unfinished:
                unfinished.write_text("x")
        finally:
            os.umask(before)
        assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == mode


def test_a_copy_ends_at_its_limit():
    sink = io.BytesIO()
    assert copy_at_most(io.BytesIO(b"12345"), sink, 5) == 5
    assert sink.getvalue() == b"12345"
    with pytest.raises(TooLarge):
        copy_at_most(io.BytesIO(b"12345"), io.BytesIO(), 4)
