"""What takes seconds to import or to make, and is made only when it is first asked for."""

from collections.abc import Callable
from importlib import import_module
from threading import Lock
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class LazyValue(Generic[T]):
    """A value made when it is first asked for, once, from whatever thread; what it was made from is released then. An
    error in making it is raised to the caller; the next caller tries again."""

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


class LazyModule:
    """A module that is imported when something in it is first asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self._name), name)
