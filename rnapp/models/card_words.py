"""What a bundle's card says of itself in words: the entry "about", absent in older bundles."""

from collections.abc import Callable, Mapping
from typing import Any

from rnapp.errors import WeightsError
from rnapp.models.card_fields import entry_of
from rnapp.types import CardWords

ENTRY = "about"
MOST_SENTENCES, LONGEST = 40, 600  # characters: it is shown on one screen


def read_words(card: Mapping[str, Any], printable: Callable[[str, str], str]) -> CardWords | None:
    """The card's own words, None where there are none. printable: checks text for the screen, given its entry's name.
    Raises WeightsError."""
    if ENTRY not in card:
        return None
    entry = entry_of(card, ENTRY, dict)

    def sentences(name: str) -> tuple[str, ...]:
        given = entry_of(entry, name, list)
        if len(given) > MOST_SENTENCES or not all(isinstance(one, str) and len(one) <= LONGEST for one in given):
            raise WeightsError(f"The bundle's card needs short sentences in {name!r}; export the bundle again.")
        return tuple(printable(one, name) for one in given)

    return CardWords(sentences("intended_use"), sentences("not_for"), sentences("known_failures"))


def words_entry(words: CardWords) -> dict[str, list[str]]:
    """As read_words takes it."""
    return {"intended_use": list(words.intended_use), "not_for": list(words.not_for),
            "known_failures": list(words.known_failures)}
