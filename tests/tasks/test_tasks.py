"""A card's task is known or refused; opening the tasks brings nothing that the first page would wait for."""

import subprocess
import sys

import pytest

from rnapp.errors import WeightsError
from rnapp.models.card import read_bundle
from rnapp.tasks import TASKS, load_model, task_of
from tests.models.conftest import edit, make_bundle


def test_every_task_is_found_by_its_id():
    assert {name: task_of(name) for name in TASKS} == dict(TASKS)
    assert all(name == task.question.id for name, task in TASKS.items())


def test_a_bundle_is_opened_by_the_task_on_its_card(tmp_path):
    make_bundle(tmp_path / "small", folds=1)
    model = load_model(read_bundle(tmp_path / "small"))
    assert (model.card.name, model.card.task) == ("small", "metastasis")


def test_a_bundle_of_an_unknown_task_is_refused(tmp_path):
    make_bundle(tmp_path / "small", folds=1)
    edit(tmp_path / "small", task="glioma")
    with pytest.raises(WeightsError, match=r"one of metastasis, rice, but its card says 'glioma'; use a bundle"):
        load_model(read_bundle(tmp_path / "small"))


def test_the_first_page_waits_for_no_networks_or_readers():
    code = ("import sys, rnapp.tasks; heavy = {'torch', 'monai', 'SimpleITK', 'radiomics', 'scipy', 'skimage', "
            "'pydicom', 'nibabel'}; print(sorted(heavy & set(sys.modules)))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
