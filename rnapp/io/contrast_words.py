"""Whether words say that a contrast agent was given: yes, no or nothing. Denials come before affirmations."""

import re
from collections.abc import Iterable

from rnapp.io import language_words as table
from rnapp.io.language_words import LANGUAGES


def _any(*lists: str) -> str:
    """One of these words, as a regular expression."""
    return f"(?:{'|'.join(dict.fromkeys(word for words in lists for word in words.split()))})"


def _all(field: str) -> str:
    return " ".join(getattr(language, field) for language in LANGUAGES)


_T1 = r"(?:(?:3d|2d|ax|sag|cor|tra|s|e|wip)?t1w?)"
_FILL = f"(?: {_any(_all('fillers'))}){{0,4}}"
_AGENT = _any(_all("agent"), "gadolinium")
_WITHOUT_GLUED = "pre prae no non un wo without ohne vor sans ss sem senza zonder utan uden bez kein nicht ikke icke"
_BETWEEN = f"(?: {_any(table.AUXILIARY, _all('fillers'))}){{0,4}}"
_NOT = _any(_all("without"), table.OTHER_NOT)
_NOT_GIVEN = f"{_NOT}{_BETWEEN} (?:{_any(table.GIVEN)} |$)"
_GLUED_AGENT = r"(?:gd|gad|gado\w*|km|mdc|contrast\w*|kontrast\w*|enhanced|enh|inj(?:e[ckt]\w*)?|iv|con)"
_DENYING_WORD = (rf"{_T1}?{_any(_WITHOUT_GLUED)}{_GLUED_AGENT}|{_T1}?(?:okm|vkm|sin(?:civ|contraste|gado?))|"
                 rf"{_T1}(?:n|pre|nat|nativ\w*|wo|woc)|(?:pre|non?|{_T1}(?:pre|non))ce|"
                 r"(?:ne|nie|bez)kontrast\w*|(?:gd|km|kl)(?:frei|los)\w*|noc|ninj(?:e[ckt]\w*)?|"
                 rf"{_T1}n(?:c|oc|inj)")
_AFFIRMING_WORD = (rf"{_T1}?(?:(?:post?|with|mit|nach|avec|apres|con|com|met|med|po)?{_GLUED_AGENT}|[mnp]km|{_AGENT})|"
                   rf"(?:gd|ce){_T1}|{_T1}(?:c|cc|ce|post|cpost|postc)|postce")
# These are not words by themselves: they only count after something else.
_NO_WORD_ALONE = r"(?!(?:iv|con) )"


def _phrases(words: str, hints: str) -> str:
    return f" {_any(words)}{_FILL} (?:{_AGENT}|{_any(hints, LANGUAGES[0].hint)}) "


def _denials() -> Iterable[str]:
    for language in LANGUAGES:
        if before_or_without := f"{language.without} {language.before}".strip():
            yield _phrases(before_or_without, language.hint)
    weak = " ".join(word for word in _all("before").split() if word not in table.STRONG_BEFORE.split())
    yield _phrases(table.BEFORE_AGENT_ONLY, "")
    yield f" {_any(weak)}{_FILL} (?:{table.TECHNICAL} |$)"
    yield f" {_any(weak)} {_any(table.AND)} {_any(_all('after'))} "
    yield f" {_any(_all('without'))} $"
    yield f" {_any(_all('alone'))} "
    yield f" {_AGENT} (?:{_any(table.DENIED_BEHIND)} |{_any(table.DENIED_AT_END)} $)"
    given_or_fill = _any(table.GIVEN, table.AUXILIARY, _all("fillers"))
    yield f" {_NOT}(?: {given_or_fill}){{0,4}} {_AGENT} "
    denied = _any(table.REFUSED, table.NOT_GIVEN)
    yield f" (?:{_AGENT}|{_any(_all('hint'))}){_BETWEEN} (?:{denied} |{_NOT_GIVEN})"
    yield f" {denied}{_BETWEEN} {_AGENT} "
    yield f" {_T1}(?: (?:{table.TECHNICAL})){{0,3}} nc | nc {_T1} "
    yield f" (?:{_DENYING_WORD}) "


def _affirmations() -> Iterable[str]:
    for language in LANGUAGES:
        if given := f"{language.given} {language.after}".strip():
            yield f" {_any(given)}{_FILL} {_any(language.hint, LANGUAGES[0].hint)} "
    yield f" {_any(table.CLEAR_AFTER)}{_FILL} (?:{table.TECHNICAL} |$)"
    yield f" {_NO_WORD_ALONE}(?:{_AFFIRMING_WORD}) "


def _open() -> Iterable[str]:
    """With and without side by side, in either order, and the agent behind them; language by language."""
    clear = table.CLEAR_WITHOUT.split()
    for language in LANGUAGES:
        without = _any(" ".join(word for word in language.without.split() if word in clear))
        given, after = _any(language.given), _any(language.after)
        both = f"(?: {_any(table.AND)})?"
        tail = f"(?:{_FILL} (?:{_AGENT}|{_any(language.hint, LANGUAGES[0].hint)}))?(?= )"
        if language.without and language.given:
            yield f" (?:{without}{both} {given}|{given}{both} {without}){tail}"
        if language.without:
            yield f" {without} {_any(table.AND)} {after}{tail}"


_FALSE_FRIENDS = re.compile(f" (?:{table.FALSE_FRIENDS})(?= )")
_OPEN = re.compile("|".join(_open()))
_DENIAL = re.compile("|".join(_denials()))
_AFFIRMATION = re.compile("|".join(_affirmations()))
_NOTHING_GIVEN = re.compile(f" (?:{_any(table.REFUSED, table.NOT_GIVEN)} |{_NOT}{_BETWEEN} {_any(table.GIVEN)} )")
_EVENT = re.compile(f"{_FILL} (?:{table.EVENTS}|\\d+ (?:{table.MONTHS})) ")
_MONTHS_BEFORE = re.compile(f" (?:{table.MONTHS}|\\d+ wo)$")


def says_not_given(said: tuple[str, ...]) -> bool:
    """Whether words that need not name an agent say that something was not given: "nicht gegeben", "refused"."""
    return _NOTHING_GIVEN.search(f" {' '.join(said)} ") is not None


def says_contrast(said: tuple[str, ...]) -> bool | None:
    """Whether the words (rnapp.io.plain_words) say that a contrast agent was (True) or was not (False) given; None if
    they are silent, or name an examination with and without it."""
    text = _OPEN.sub("", _FALSE_FRIENDS.sub("", f" {' '.join(said)} "))
    if _DENIAL.search(text) or _moment(text, table.STRONG_BEFORE):
        return False
    return True if _AFFIRMATION.search(text) or _moment(text, table.STRONG_AFTER) else None


def _moment(text: str, words: str) -> bool:
    """Whether one of the words occurs without a treatment after it or a time before it ("3 months post")."""
    return any(not _EVENT.match(text, found.end()) and not _MONTHS_BEFORE.search(text[:found.start()])
               for found in re.finditer(f" {_any(words)}(?= )", text))
