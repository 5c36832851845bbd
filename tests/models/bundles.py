"""Bundles as archives of any make, and that they are refused."""

import zipfile

import pytest

from rnapp.errors import WeightsError
from rnapp.models.bundle_file import install_bundle
from rnapp.tasks import load_model


def archive(path, folder, inside="", method=zipfile.ZIP_DEFLATED, more=()):
    """A zip of a bundle as other programs make it. more: further members and their content."""
    with zipfile.ZipFile(path, "w", method) as opened:
        for file in sorted(folder.iterdir()):
            opened.write(file, f"{inside}{file.name}")
        for member, content in more:
            opened.writestr(member, content)
    return path


def refused(file, data, match, **given):
    with pytest.raises(WeightsError, match=match) as caught:
        install_bundle(file, data, load_model, **given)
    assert str(caught.value).endswith(".")
    assert not (data / "bundles").exists() or list((data / "bundles").iterdir()) == []
