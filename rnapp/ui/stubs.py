"""Gradio without the type stubs that it writes for all its components at every import: a quarter of the app's start."""

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

MODULE, WRITER = "gradio.component_meta", "create_or_modify_pyi"


def write_no_stubs() -> None:
    """Must run before the first import of gradio, else it changes nothing. Nor where Gradio has no such writer, or is
    not imported from files (as in the installed program)."""
    if MODULE not in sys.modules and not any(isinstance(one, _Finder) for one in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    """Finds the one module, once."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None  # noqa: ARG002
                  ) -> ModuleSpec | None:
        if fullname != MODULE:
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(fullname, path)
        if spec is None or spec.loader is None:
            return None
        spec.loader = _WithoutWriter(spec.loader)
        return spec


class _WithoutWriter(Loader):
    """Loads the module as its own loader does, and has its writer do nothing."""

    def __init__(self, own: Loader) -> None:
        self._own = own

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._own.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._own.exec_module(module)
        if hasattr(module, WRITER):
            setattr(module, WRITER, lambda *_: None)
