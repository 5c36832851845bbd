"""The real files beside the checkout."""

from tests.io.conftest import shared_data

__all__ = ["shared_data"]
