"""Files of kept cases as another program, or somebody with a zip program, makes them."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

Members = dict[str, bytes]

Parts = dict[str, dict[str, Any]]


def rewritten(path: Path, change: Callable[[Members], None], method: int = ZIP_DEFLATED) -> None:
    """The same zip with other members, as somebody with a zip program makes it."""
    with ZipFile(path) as before:
        members = {name: before.read(name) for name in before.namelist()}
    change(members)
    with ZipFile(path, "w", method) as after:
        for name, data in members.items():
            after.writestr(name, data)


def reschemed(path: Path, change: Callable[[Parts], None]) -> None:
    """The case as another program might have written it: its hashes hold."""
    def changed(members: Members) -> None:
        parts = {name: json.loads(members[name]) for name in ("label.json", "case.json")}
        change(parts)
        members["case.json"] = json.dumps(parts["case.json"]).encode()
        parts["label.json"]["sha256"] = hashlib.sha256(members["case.json"]).hexdigest()
        members["label.json"] = json.dumps(parts["label.json"]).encode()
    rewritten(path, changed)


def labelled(path: Path, **fields: Any) -> None:
    """Another label in both places."""
    def change(parts: Parts) -> None:
        for part in parts.values():
            part |= {name: value for name, value in fields.items() if name == "schema"}
            part["label"] |= {name: value for name, value in fields.items() if name != "schema"}
    reschemed(path, change)


def with_array(path: Path, npy: bytes) -> None:
    """Another first array, whose hash holds."""
    digest = hashlib.sha256(npy).hexdigest()
    reschemed(path, lambda parts: parts["case.json"]["sha256"].update({"0": digest}))
    rewritten(path, lambda members: members.update({"arrays/0.npy": npy}))


def npy_of(header: str, data: bytes = b"") -> bytes:
    """A file of NumPy's format with any header."""
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + data
