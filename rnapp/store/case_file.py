"""One case in one file, which newer and older programs of the same major schema read alike.

A zip of label.json (what a list shows), case.json (the document) and arrays/<n>.npy. label.json holds the SHA-256 of
case.json, which holds the label once more and the SHA-256 of every array. label.json is laid out alike in every schema.

A new field with a default makes a new minor schema; a new name, a new meaning, or a field without default a new major
one, with an upgrade of the document, which whoever reads it gives (rnapp/case/upgrade.py).
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar
from zipfile import BadZipFile

from rnapp import __version__
from rnapp.errors import CaseError
from rnapp.store.archive import damaged, opened, read_array, read_text, write_array, write_text, written
from rnapp.store.codec import Document, decode, encode
from rnapp.store.tables import Node
from rnapp.zips import Zip

Content = TypeVar("Content")
FORMAT = "rnapp case"
SCHEMA = (3, 0)  # major, minor
LABEL, CASE, ARRAY = "label.json", "case.json", "arrays/{}.npy"
ID = re.compile("[0-9a-f]{8,64}")
# Major schema → what makes the next major one's document of its document.
Upgrades = Mapping[int, Callable[[Document], Document]]
NO_UPGRADES: Upgrades = MappingProxyType({})


@dataclass(frozen=True)
class Label:
    """What is known of a kept case without reading it.

    id: random, hexadecimal; title: a pseudonym or ""; saved: ISO 8601, local time; program: version of the rnapp that
    wrote it; summary: one line in plain words; schema: major, minor. Raises CaseError for an id or time
    that is not one.
    """

    id: str
    title: str
    saved: str
    program: str
    summary: str
    schema: tuple[int, int]

    def __post_init__(self) -> None:
        check_id(self.id)
        try:
            datetime.fromisoformat(self.saved)
        except ValueError as error:
            raise CaseError("Expected the time when the case was kept, but its label holds none; the file was "
                            "altered.") from error


def check_id(case_id: str) -> None:
    """Raises CaseError for what is not an id; an id is safe as the name of a file."""
    if not ID.fullmatch(case_id):
        raise CaseError("Expected the id of a kept case (8 to 64 hexadecimal digits), but got another text; choose the "
                        "case from the list.")


def write_case(path: Path, content: object, *, case_id: str, title: str = "", summary: str = "") -> Label:
    """Keep a dataclass (see codec.encode) in a file, in place of what was there.

    Raises CaseError where it cannot be kept; the file is then as it was.
    """
    saved = datetime.now().astimezone().isoformat("T", "seconds")
    label = Label(case_id, title, saved, __version__, summary, SCHEMA)
    document, arrays = encode(content)
    with written(path) as archive:
        hashes = {name: write_array(archive, ARRAY.format(name), array) for name, array in arrays.items()}
        case = write_text(archive, CASE, _text(label, document=document, sha256=hashes))
        write_text(archive, LABEL, _text(label, sha256=case))
    return label


def read_label(path: Path) -> Label:
    """The label alone, which takes no time. Raises CaseError where there is none."""
    with opened(path) as archive:
        return _read_label(archive)[0]


def read_case(path: Path, cls: type[Content], upgrades: Upgrades = NO_UPGRADES) -> tuple[Label, Content]:
    """The case as it was kept. upgrades: for files of an older major schema.

    Raises CaseError for a file that is damaged, written in a newer major schema, or holds something else.
    """
    with opened(path) as archive:
        label, sha256 = _read_label(archive)
        check_schema(label)
        text, digest = read_text(archive, CASE)
        case = _parsed(text)
        if digest != sha256 or _label(case) != label:
            raise damaged(path)
        document, hashes = _dict(case["document"]), _dict(case["sha256"])
        arrays = {name: read_array(archive, ARRAY.format(name), expected) for name, expected in hashes.items()}
    return label, decode(_upgraded(document, label, upgrades), arrays, cls)


def check_schema(label: Label) -> None:
    """Raises CaseError where a newer program is needed."""
    if label.schema[0] > SCHEMA[0]:
        raise CaseError(f"Expected a case that rnapp {__version__} can read, but rnapp {label.program} wrote it in a "
                        "newer way; open it with that version.")


def _upgraded(document: Document, label: Label, upgrades: Upgrades) -> Document:
    for major in range(label.schema[0], SCHEMA[0]):
        if major not in upgrades:
            raise CaseError(f"Expected a case that rnapp {__version__} can read, but rnapp {label.program} wrote it in "
                            "an older way; open it with that version.")
        document = upgrades[major](document)
    return document


def _text(label: Label, **more: Any) -> str:
    """The label's fields stand in the open, so that any program finds them."""
    held = encode(label)[0]["records"][0]["fields"]
    schema = held.pop("schema")
    return json.dumps({"format": FORMAT, "schema": schema, "label": held, **more}, allow_nan=False)


def _read_label(archive: Zip) -> tuple[Label, str]:
    """The label, and the SHA-256 that case.json must have."""
    content = _parsed(read_text(archive, LABEL)[0])
    return _label(content), str(content["sha256"])


def _label(content: dict[str, Any]) -> Label:
    held = {**_dict(content["label"]), "schema": content["schema"]}
    record = {"kind": Label.__name__, "fields": held}
    return decode({"content": {"record": 0}, "records": [record], "arrays": []}, {}, Label)


def _parsed(text: str) -> dict[str, Any]:
    """Raises BadZipFile where the text is not ours."""
    content = _dict(json.loads(text))
    if content.get("format") != FORMAT:
        raise BadZipFile
    return content


def _dict(node: Node) -> dict[str, Any]:
    """Raises BadZipFile where it is not one."""
    if not isinstance(node, dict):
        raise BadZipFile
    return node
