"""A running app with a page, by how far its case is."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.ui.browser.steps import accept, load_example, prepare_example
from tests.ui.browsing import Tab, tab
from tests.ui.running import Running, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture
def fake(tmp_path: Path, browser: "Browser") -> Iterator[tuple[Running, Tab]]:
    """An app that was just started, for what comes before the first case, lasts, or ends."""
    with running("fake", tmp_path) as app, tab(app.address, browser=browser) as page:
        yield app, page


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Sequence[Any]]]:
    """One app for all tests, with the cookies of its session: each begins a new case and keeps none."""
    with running("quick", tmp_path_factory.mktemp("shared")) as app:
        yield app, [{"name": name, "value": value, "url": app.origin} for name, value in app.cookies().items()]


@pytest.fixture
def visited(shared: tuple[Running, Sequence[Any]], browser: "Browser") -> Iterator[tuple[Running, Tab]]:
    """The first screen of the shared app, with no study or that of an earlier test, for what does not depend on it."""
    app, cookies = shared
    with tab(f"{app.origin}/", browser=browser, cookies=cookies) as page:
        yield app, page
        load_example(page)  # as below


@pytest.fixture
def prepared(shared: tuple[Running, Sequence[Any]], browser: "Browser") -> Iterator[tuple[Running, Tab]]:
    """The example as a new case of the shared app, prepared and accepted."""
    app, cookies = shared
    with tab(f"{app.origin}/", browser=browser, cookies=cookies) as page:
        prepare_example(page)
        accept(page)
        yield app, page
        load_example(page)  # the next page begins with a study, not with drawing the pictures of this case


@pytest.fixture
def alone(fake: tuple[Running, Tab]) -> tuple[Running, Tab]:
    """The same in an app of its own."""
    prepare_example(fake[1])
    accept(fake[1])
    return fake
