"""The crop of the models' tests."""

from tests.models.conftest import crop

__all__ = ["crop"]
