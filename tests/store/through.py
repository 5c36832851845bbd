"""Into a document and back, as the tests of the codec need it."""

import json
from dataclasses import dataclass, make_dataclass
from typing import Any

from rnapp.store.codec import decode, encode


def through(content: Any) -> Any:
    """Into a document, through JSON, and back."""
    document, members = encode(content)
    return decode(json.loads(json.dumps(document, allow_nan=False)), members, type(content))


def changed(content: Any, **held: Any) -> Any:
    """Decoded after somebody put other nodes into the record of the content itself."""
    document, members = encode(content)
    document["records"][0]["fields"] |= held
    return decode(document, members, type(content))


def one_field(hint: Any, value: Any) -> Any:
    """A dataclass with one field of this type."""
    return make_dataclass("Held", [("value", hint)], frozen=True)(value)


@dataclass(frozen=True)
class Chain:
    """Contains one of its own kind."""

    number: int
    next: "Chain | None"
