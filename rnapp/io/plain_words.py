"""Descriptions and file names as plain lower-case words; signs and one-letter abbreviations become words."""

import re
import unicodedata

_LONGEST = 1000  # letters of a description or name that are read
# A contrast agent that a plus or minus may precede or follow.
_AGENT = r"(?:contrast\w*|kontrast\w*|gado\w*|gad|gd|km|ce|mdc|civ|iv|inj|kl|k|c)"
# The same, without those that stand next to numbers for other reasons.
_SURE_AGENT = r"(?:contrast\w*|kontrast\w*|gado\w*|gad|gd|km|mdc|civ|inj|kl)"
_T1 = r"(t1w?\s?)?"
_ALONE = r"(?![a-z0-9])"
_SIGNS = str.maketrans(dict.fromkeys("−–—‐‑‒", "-") | {"_": " ", "’": "'", "ł": "l", "ø": "oe", "æ": "ae", "đ": "d"})
_LONG_MINUS = re.compile(r"[−–][\s_](?=(?:km|gd|gado\w*|kontrast\w*|contraste?|mdc|kl)[\s_]*$)", re.IGNORECASE)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "a"})

# Letters lost in a wrong character set, where a negation would be lost with them.
_LOST = ((r"\bpr[�?](?=\W|$)", "prae"), (r"\bf[�?]re\b", "foere"), (r"\bf[�?]r\b", "foer"), (r"\bp[�?]ed\b", "pred"))

_DOTTED = ((r"\bc\.?\s?i\.\s?v\b\.?", "civ"), (r"\bi\.\s?v\b\.?", "iv"), (r"\be\.\s?v\b\.?", "ev"),
           (r"\bk\.\s?l\b\.?", "kl"), (r"\bk\.\s?m\b\.?", "km"), (r"\bm\.\s?d\.\s?c\b\.?", "mdc"),
           (r"\b(grade?|who|stage|stadium|stade|stadio|estadio|level)\s+iv\b", r"\1"))

# Of a Dixon series "wo" is the water, of BIDS "sub-01" the subject. "T1 KM - T1" takes one from the other.
_OTHERWISE = ((r"^sub-(?!t[12])[a-z]{0,16}\d[a-z0-9]*(?=\s)", " "), (r"(?<=\s)ses-[a-z0-9]+(?=\s)", " "),
              (r"(\w*dixon\b.{0,60}) wo\s*$", r"\1 water"),
              (rf"({_SURE_AGENT}|\bpost|\+\s?c)\s+-\s+(?=t1w?\s*(?:$|(?:nativ\w*|pre|ohne|sans|senza|sin|without)\b))",
               r"\1 minus "))

# What names the examination or leaves it open: neither with nor without.
_OPEN = ((rf"(?:\+\s?/\s?-|-\s?/\s?\+|\+-|±)\s?{_AGENT}{_ALONE}", " "),
         (rf"(?<![a-z0-9]){_T1}{_AGENT}\s?(?:\+\s?/\s?-|-\s?/\s?\+|\+-|±)", r" \1 "),
         (r"\bm\s?/\s?[ou]\b\s?(?:km|k\b|kontrast\w*)?", " "),
         (r"\b(?:c\s?/\s?s|s\s?/\s?c)\s?(?:contr\w*|civ|gado?\w*|mdc)\b", " "),
         (r"\b[sz]\s(?:gd|gado?)\b", " "),  # Czech and Polish with, Portuguese and Dutch without
         (r"(?<=\s)-\s+(?:c|gd|gado?|km|iv|kl?|ce|inj)(?=\s|$)", " "))  # a dash or a minus

# One letter, and the language of the word behind it.
_LETTERS = (
    (r"\bw\s?/\s?o(?:ut)?(?:\b|(?=c\b|con|gd\b|gad|km\b|iv\b))|\bwout\b", " without "), (r"\bw\s?/", " with "),
    (r"\bo(?:[./]\s?|\s)(?=km\b|kontrast|gd\b|gado)", "ohne "), (r"\bv(?:[./]\s?|\s)(?=km\b)", "vor "),
    (r"\bf[./]\s?(?=k\b|km\b|kontr)", "foer "),
    (r"\bu(?:[./]\s?|\s)(?=k\b|km\b|kontr|gd\b)", "uden "), (r"\bm[./]\s?(?=k\b)", "med "),
    (r"\bz(?:[./]\s?|\s)(?=kontr|srodk|podan|gadolin(?:em|iem)\b)", "mit "), (r"\bz/\s?k\b", "with contrast"),
    (r"\bb[./]\s?(?=k\b|kontr)", "bez "), (r"\bs\s(?=kl\b)", "with contrast "),
    (r"\bz(?:[./]\s?|\s)(?=contrast|gadolinium|iv\b)", "zonder "),
    (r"\bs\s(?=kontrast(?:em|ni)|kontr\.|podan)", "mit "),
    (r"\bs(?:\s?[./]\s?|\s)(?=contraste?\b|civ\b|cte\b|mdc\b|mc\b)", "sin "),
    (r"\bs\s?/\s?(?=gd|gad|iv\b|ev\b|inj|contr?|km\b|k\b)", "sin "), (r"\bs\s?/\s?c\b", "sin contrast "),
    (r"\bc\s?/\s?c\b", "con contrast "), (r"\bc\s?/\s?(?=contr?|gd|gad|civ|iv\b|ev\b|cte|mdc|mc\b|inj)", "con "),
    (r"\bss\s?(?=gd|gad|iv\b|inj|km\b|contr|pc\b|pdc\b)", "sans "), (r"\bap\.?\s(?=iv\b|pc\b)", "apres "),
    (r"\bav(?:ant|t)?\.?\s(?=gd\b|gado|iv\b|inj|contraste?\b)", "avant "))

_PLUS_AND_MINUS = (
    (rf"(?<![a-z0-9]){_SURE_AGENT}\s?[:=]?\s?0(?:[.,]0+)?\s?(?:ml|cc|mmol)?(?![\w.,]|\s\d)", " without contrast "),
    # "case 0 gd" is the number of the case.
    (r"(?:^|(?<=\bt1\s)|(?<=\bt1w\s)|(?<=\b(?:tra|sag|cor|tse|fse)\s)|(?<=\b(?:ax|se|fs)\s))0(?:[.,]0+)?\s?(?:ml\s|cc\s)?"
     rf"{_SURE_AGENT}{_ALONE}", " without contrast "),
    (rf"(?<![a-z0-9]){_T1}{_AGENT}\sminus(?=\s*$|\s(?:fs|ax|cor|sag|tra|3d|2d)\b)", r" \1 without contrast "),
    (rf"(?<![a-z0-9]){_T1}{_AGENT}\splus\b", r" \1 with contrast "),
    (r"(\bt1w?(?:\s(?:se|tse|fse|gre|mprage|vibe|space|3d|2d|ax|tra|cor|sag)){0,3}\s?)[(\[]\s*-\s*[)\]]",
     r"\1 without contrast "),
    (rf"[(\[]\s*([+-])\s*[)\]]\s?(?={_AGENT}{_ALONE})", r" \1"),
    (r"\s*[(\[]\s*([+-])\s*[)\]]", r"\1 "), (r"\s*:\s*([+-])(?=\s|$)", r"\1"),
    (rf"(?<![a-z0-9]){_T1}{_AGENT}\s?-\s?ve\b", r" \1 without contrast "),
    (rf"(?<![a-z0-9]){_T1}{_AGENT}-(?=[\s).,;\]]|$)(?!\s*spine)", r" \1 without contrast "),
    (rf"(?<![a-z0-9]){_T1}{_AGENT}\s+-\s*$", r" \1 without contrast "),
    (rf"(?<![^\s(\[,;/])-{_AGENT}{_ALONE}", " without contrast "),
    (rf"(?<![a-z0-9]){_T1}{_AGENT}\s?\+(?!\s*[tl][ -]?sp)", r" \1 with contrast "),
    (rf"\+\s?(?:{_AGENT}|g){_ALONE}", " with contrast "))

_RULES = tuple((re.compile(pattern), put)
               for pattern, put in (*_LOST, *_OTHERWISE, *_DOTTED, *_OPEN, *_LETTERS, *_PLUS_AND_MINUS))


def words(text: str) -> tuple[str, ...]:
    """Lower-case ASCII words; "+C", "KM-", "w/o", "s/ contraste" become "with contrast", "without contrast" …"""
    plain = _plain(text[:_LONGEST])
    for pattern, put in _RULES:
        plain = pattern.sub(put, plain)
    return tuple(re.findall(r"[a-z0-9]+", plain))


def word_set(text: str) -> frozenset[str]:
    """The words of a list that is written as one text."""
    return frozenset(text.split())


def _plain(text: str) -> str:
    """Lower case without accents; the signs that mean something stay."""
    # Nobody types a long dash on a console for a hyphen: before an agent at the end it is a minus.
    text = _LONG_MINUS.sub("-", _mended(text))
    whole = unicodedata.normalize("NFKC", text).casefold().translate(_SIGNS).translate(_UMLAUTS)
    return "".join(letter for letter in unicodedata.normalize("NFKD", whole) if not unicodedata.combining(letter))


def _mended(text: str) -> str:
    """UTF-8 that was read as Latin-1 ("prÃ¤") as it was meant; any other text is no UTF-8 when written so."""
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return text
