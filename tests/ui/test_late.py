"""What is loaded only when it is asked for."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rnapp.errors import WeightsError
from rnapp.ui.late import Late, LateModule

ROOT = Path(__file__).resolve().parents[2]
# The whole app behind its guard, and its first painting.
FIRST_PAGE = """
import sys, tempfile
from pathlib import Path
folder = Path(tempfile.mkdtemp())
from rnapp.desktop.start import checked_model
from rnapp.config import default_settings
from rnapp.ui import server
from rnapp.ui.actions import Actions
from rnapp.ui.door import open_door
from rnapp.ui.keeping import Keeping
from rnapp.ui.workspace import Workspace
with server._session_folder():
    actions = Actions(server._real_pipeline(), checked_model(default_settings()), Workspace(folder))
    actions.warm_up = lambda: None
    keeping = Keeping(actions, folder / "cases")
    from rnapp.ui import handlers
    from rnapp.ui.desk import Desk
    desks = []
    class Seen(Desk):
        def __init__(self, *given):
            super().__init__(*given)
            desks.append(self)
    handlers.Desk = Seen
    server.create_app(actions, keeping, open_door().session, lambda: None)
    assert desks[0].paint_loaded()
    print([name for name in ("torch", "monai", "SimpleITK", "scipy", "rnapp.pipeline") if name in sys.modules])
    actions.pipeline.brain_mask_choices
    print("rnapp.pipeline" in sys.modules, "torch" in sys.modules)
"""


def test_it_is_made_once_whoever_asks() -> None:
    made: list[int] = []

    def make() -> int:
        time.sleep(0.05)
        made.append(1)
        return len(made)

    late = Late(make)
    assert made == []
    with ThreadPoolExecutor(4) as pool:
        assert [one.result() for one in [pool.submit(late) for _ in range(4)]] == [1, 1, 1, 1]


def test_what_could_not_be_made_is_told_and_tried_again() -> None:
    answers: list[Exception | str] = [WeightsError("The atlas is missing; install it again."), "atlas"]

    def make() -> str:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    late = Late(make)
    with pytest.raises(WeightsError, match="atlas is missing"):
        late()
    assert (late(), late()) == ("atlas", "atlas")


def test_a_module_is_imported_when_something_in_it_is_asked_for() -> None:
    module = LateModule("json")
    assert module.loads("[1]") == [1]
    with pytest.raises(AttributeError):
        _ = module.nothing_of_this_name
    with pytest.raises(ModuleNotFoundError):
        _ = LateModule("rnapp.no_such_room").anything


def test_the_first_page_waits_for_none_of_the_heavy_libraries() -> None:
    done = subprocess.run([sys.executable, "-c", FIRST_PAGE], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["[]", "True True"], done.stderr
