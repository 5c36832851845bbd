"""Gradio is imported without what it would write beside its own files."""

import sys
from importlib import import_module, invalidate_caches
from pathlib import Path
from types import ModuleType

import pytest

from rnapp.ui import stubs
from rnapp.ui.stubs import WRITER, write_no_stubs


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package made like Gradio, and the name of its module that writes."""
    folder = tmp_path / "made_like_gradio"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "component_meta.py").write_text(f"def {WRITER}(*given):\n    return 'written'\n\n\nOTHER = 42\n")
    name = "made_like_gradio.component_meta"
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(stubs, "MODULE", name)
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    for module in (name, "made_like_gradio"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    invalidate_caches()
    return name


def loaded(name: str) -> ModuleType:
    """Imported once more."""
    sys.modules.pop(name, None)
    return import_module(name)


def test_the_writer_does_nothing_and_all_else_is_as_it_was(package: str) -> None:
    assert getattr(loaded(package), WRITER)(1, 2) == "written"
    sys.modules.pop(package)
    write_no_stubs()
    write_no_stubs()
    module = loaded(package)
    assert getattr(module, WRITER)(1, 2) is None
    assert module.OTHER == 42
    assert not any(isinstance(one, stubs._Finder) for one in sys.meta_path), "it finds one module, once"


def test_a_gradio_without_the_writer_is_left_as_it_is(package: str, tmp_path: Path) -> None:
    (tmp_path / "made_like_gradio" / "component_meta.py").write_text("OTHER = 42\n")
    write_no_stubs()
    assert not hasattr(loaded(package), WRITER)


def test_this_gradio_has_the_writer_and_its_components_work_without() -> None:
    import gradio

    assert getattr(sys.modules[stubs.MODULE], WRITER).__module__ == stubs.__name__
    assert gradio.Textbox.change
