"""The case's volumes, pictures and results, served from memory; the drawing comes back the same way."""

import io
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from pydantic import BaseModel, Field, FiniteFloat
from starlette.concurrency import run_in_threadpool
from starlette.staticfiles import StaticFiles

from rnapp.case.case import Case
from rnapp.errors import InputError, RnappError
from rnapp.files import writing
from rnapp.types import CaseResult, Reading, Volume
from rnapp.ui.actions import Actions
from rnapp.ui.isolines import dose_wash, isodose_lines, usable_dose
from rnapp.ui.keeping import Keeping
from rnapp.ui.lesion_actions import LesionActions
from rnapp.ui.timeline_actions import TimelineActions
from rnapp.ui.trouble import to_message
from rnapp.ui.workspace import Open

STATIC = Path(__file__).parent / "static"
NOT_THERE = "This is not there (any more); reload the page."
NOT_SHOWN = "The answer is not shown yet; note the board's opinion, or go on without one, on the reading screen."
# A drawing of 240×240×155 voxels takes some 10 kB gzipped and 9 MB as it is.
LARGEST_DRAWING = 32 * 1024 * 1024


class Fill(BaseModel):
    """A wish to fill the slices between drawn ones. plane: "" for the one that was drawn in."""

    plane: Literal["", "axial", "coronal", "sagittal"] = ""


class Grow(BaseModel):
    """A wish to grow a lesion from a point. point: SRI24, LPS mm; tolerance: standard deviations over the brain."""

    point: tuple[FiniteFloat, FiniteFloat, FiniteFloat]
    tolerance: float = Field(gt=0, le=5)
    again: bool = False


class Remove(BaseModel):
    """A wish to take a lesion out of the mask. lesion: its number."""

    lesion: int


class Take(BaseModel):
    """A wish to add a proposed lesion to the drawing. number: in the list."""

    number: int


class NotThereError(InputError):
    """A volume, picture or result that the case does not have."""


def add_leaving(app: FastAPI, keeping: Keeping, end: Callable[[], None]) -> None:
    """Add /case/keep and /quit. end: closes the app."""
    @app.post("/case/keep")
    def keep() -> JSONResponse:
        return JSONResponse({"saved": keeping.keep().saved})

    @app.post("/quit")
    def leave() -> Response:
        end()
        return Response(status_code=204)


def add_routes(app: FastAPI, actions: Actions, log: Path) -> None:
    """Add /ui (program files) and /case (the patient's, never cached)."""
    app.mount("/ui", StaticFiles(directory=STATIC), name="ui")
    _add_pictures(app, actions)
    _add_results(app, actions)
    _add_drawing(app, LesionActions(actions))

    @app.exception_handler(RnappError)
    async def expected(_: Request, error: RnappError) -> JSONResponse:
        return JSONResponse({"error": str(error)}, status_code=404 if isinstance(error, NotThereError) else 409)

    @app.exception_handler(Exception)
    async def unexpected(_: Request, error: Exception) -> PlainTextResponse:
        return PlainTextResponse(to_message(error, log).text, status_code=500)


def _add_drawing(app: FastAPI, lesion_actions: LesionActions) -> None:
    @app.post("/case/mask")
    async def mask(request: Request, head: int) -> JSONResponse:
        data = b""
        async for chunk in request.stream():
            data += chunk
            if len(data) > LARGEST_DRAWING:
                return JSONResponse({"error": "The drawing is too large."}, status_code=413)
        revision = await run_in_threadpool(lesion_actions.save, data, head)
        return JSONResponse({"revision": revision})

    @app.post("/case/fill")
    def fill(wish: Fill, head: int) -> JSONResponse:
        return JSONResponse({"revision": lesion_actions.fill_slices(head, wish.plane)})

    @app.post("/case/grow")
    def grow(wish: Grow, head: int) -> JSONResponse:
        return JSONResponse({"revision": lesion_actions.grow(head, wish.point, wish.tolerance, wish.again)})

    @app.post("/case/remove")
    def remove(wish: Remove, head: int) -> JSONResponse:
        return JSONResponse({"revision": lesion_actions.remove(head, wish.lesion)})

    @app.post("/case/take")
    def take(wish: Take, head: int) -> JSONResponse:
        return JSONResponse({"revision": lesion_actions.take(head, wish.number)})


def _add_pictures(app: FastAPI, actions: Actions) -> None:
    @app.get("/case/volume/{name}.nii.gz")
    def volume(name: str) -> Response:
        return Response(actions.pipeline.nifti_bytes(_volume(actions, name)), media_type="application/octet-stream")

    @app.get("/case/picture/quality.png")
    def quality() -> Response:
        preparation = actions.workspace.case.preparation
        return _file(preparation.quality_png if preparation else b"", "image/png")

    @app.get("/case/picture/pair/{role}.png")
    def pair(role: str) -> Response:
        preparation = actions.workspace.case.preparation
        return _file(preparation.pictures.get(role, b"") if preparation else b"", "image/png")

    @app.get("/case/picture/dose.png")
    def dose() -> Response:
        now = actions.workspace.open
        preparation, roles = now.case.preparation, actions.questions.of(now).question.roles_of("dose")
        return _file(preparation.pictures.get(roles[0].name, b"") if preparation and roles else b"", "image/png")

    @app.get("/case/picture/lesion/{number}.png")
    def lesion(number: int) -> Response:
        views = actions.workspace.page.views
        if not 1 <= number <= len(views):
            raise NotThereError(NOT_THERE)
        return _file(views[number - 1].lesion_png, "image/png")

    @app.get("/case/picture/attention.png")
    def attention() -> Response:
        now = actions.workspace.open
        _reading(now.case)
        return _file(now.page.views[now.page.shown_answer].attention_png, "image/png")

    @app.get("/case/picture/isodoses/{number}.png")
    def isodoses(number: int) -> Response:
        now = actions.workspace.open
        _reading(now.case)
        drawn = now.page.views[now.page.shown_answer].isodoses
        if not 1 <= number <= len(drawn):
            raise NotThereError(NOT_THERE)
        return _file(drawn[number - 1], "image/png")

    @app.get("/case/picture/occlusion/{hidden}.png")
    def occlusion(hidden: str) -> Response:
        now = actions.workspace.open
        _reading(now.case)
        result = now.case.result(actions.questions.of(now).question)
        picture = actions.pipeline.occlusion_picture(result, now.page.shown_answer, hidden)
        return _file(picture or b"", "image/png")


def _add_results(app: FastAPI, actions: Actions) -> None:
    @app.get("/case/report.pdf")
    def report(v: int) -> Response:
        return _file(TimelineActions(actions).report(_shown(actions, v)), "application/pdf")

    @app.get("/case/result.json")
    def result(v: int) -> Response:
        return _file(results(actions, _shown(actions, v))["result.json"], "application/json")

    @app.get("/case/results.zip")
    def everything(v: int) -> Response:
        shown = _shown(actions, v)
        report = TimelineActions(actions).report(shown)
        return _file(zipped({**results(actions, shown), "report.pdf": report}), "application/zip")


def results(actions: Actions, result: CaseResult) -> dict[str, bytes]:
    """The files the command line would write. Raises InputError where the disk refuses them."""
    with writing(actions.workspace.root), tempfile.TemporaryDirectory(dir=actions.workspace.root) as folder:
        actions.pipeline.write_results(result, Path(folder))
        return {file.name: file.read_bytes() for file in sorted(Path(folder).iterdir()) if file.is_file()}


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip archive of named contents."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _volume(actions: Actions, name: str) -> Volume:
    now = actions.workspace.open
    case, mask = now.case, now.case.mask if name == "mask" else None
    if name == "head" and case.prepared is not None:
        return case.prepared.head
    if mask is not None:
        return mask.with_array(mask.array.astype("uint8"))
    if name == "proposal" and case.preparation is not None and case.preparation.outlined:
        return actions.pipeline.outlines(case.preparation.outlined, case.preparation.prepared.head)
    if name.startswith("scan-") and case.prepared is not None:
        channel = case.prepared.channels.get(name.removeprefix("scan-"))
        if channel is not None:
            return channel.head
    if name in ("isodoses", "dose") and (placed := usable_dose(case.prepared)) is not None:
        return isodose_lines(placed) if name == "isodoses" else dose_wash(placed)
    if name in ("earlier", "difference") and case.earlier:
        followed = case.earlier[now.page.shown_earlier].followed
        return followed.head if name == "earlier" else followed.difference
    return _map(now, name)


def _map(now: Open, name: str) -> Volume:
    """What the answer that is shown has over the scan."""
    found: Volume | None = None
    if name == "attention" or name.startswith("occlusion-"):
        answer = _reading(now.case).answers[now.page.shown_answer]
        found = answer.attention if name == "attention" else answer.occlusion.get(name.removeprefix("occlusion-"))
    if found is None:
        raise NotThereError(NOT_THERE)
    return found


def _reading(case: Case) -> Reading:
    """The reading, once the board may see it."""
    if case.reading is None:
        raise NotThereError(NOT_THERE)
    if case.revealed_reading is None:
        raise InputError(NOT_SHOWN)
    return case.revealed_reading


def _shown(actions: Actions, revision: int) -> CaseResult:
    """The result that the page shows: nobody may take along the report of another case."""
    now = actions.workspace.open
    if now.page.revisions.reading != revision:
        raise NotThereError(NOT_THERE)
    _reading(now.case)
    return now.case.result(actions.questions.of(now).question)


def _file(content: bytes, media_type: str) -> Response:
    if not content:
        raise NotThereError(NOT_THERE)
    return Response(content, media_type=media_type)
