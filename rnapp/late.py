"""What takes seconds to import or to make, and is not there before somebody asks for it."""

from collections.abc import Callable
from importlib import import_module
from threading import Lock
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Late(Generic[T]):
    """A value that is made when it is first asked for, once, whoever asks; what it was made from is let go then. What
    its making raises is raised to whoever asked; the next one tries again."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make: Callable[[], T] | None = make
        self._lock = Lock()
        self._value: T

    def __call__(self) -> T:
        """The value."""
        with self._lock:
            if self._make is not None:
                self._value = self._make()
                self._make = None
            return self._value


class LateModule:
    """A module that is imported when something in it is first asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self._name), name)
