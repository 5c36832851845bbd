"""What the words of a description or file name say about a series. Whole words, never parts of words."""

import re
from itertools import pairwise

from rnapp.types import SequenceKind

_AGENT = (r"gd|gad|gado\w*|ce|km|mdc|contrast\w*|kontrast\w*|kontrastmittel|enhanced|gadovist|dotarem|prohance|"
          r"multihance|magnevist|omniscan|clariscan|vueway|elucirem")
_T1 = r"(?:3d|2d|ax|sag|cor|tra|s|e|wip)?t1(?:w|wi)?"
_AGENT_WORD = re.compile(rf"(?:{_AGENT})")
_WITH_AGENT = re.compile(rf"(?:{_T1})?(?:post|with|mit)?(?:{_AGENT})|{_T1}(?:c|cc|post)")
_NO_AGENT = re.compile(rf"(?:{_T1})?(?:pre|no|non|un|wo|without|ohne|vor|sans|sin)(?:{_AGENT})|{_T1}(?:n|pre)|"
                       r"native?|nativ\w?|plain")
_WITHOUT = frozenset({"without", "wo", "ohne", "sans", "sin", "no", "non"})
_FILLERS = frozenset({"", "iv", "any"})
_BEFORE = frozenset({"pre", "vor", "before"})
_AFTER = frozenset({"post", "nach", "after"})
# "post op" and "pre srs" name a treatment, not the contrast agent.
_EVENTS = frozenset({"op", "surgery", "surgical", "rt", "srs", "srt", "xrt", "radiation", "radiosurgery", "treatment",
                     "tx", "therapy", "chemo", "resection", "proc", "processed", "processing"})

_T1_WORD = re.compile(rf"{_T1}(?:c|cc|ce|gd|km|n|pre|post|3d|se|tse|fse|ffe|tfe|gre|flash|mprage|vibe|spgr|fspgr|"
                      rf"bravo|space|cube|vista|flair)*|(?:3d)?mprage|bravo|f?spgr|thrive")
_T2_WORD = re.compile(r"(?:3d|2d|ax|sag|cor|tra|s|e|wip)?t2(?:w|wi|tse|fse)?")
_FLAIR_WORD = re.compile(r"\w*flair\w*|darkfluid|t2f|tirm")
_OTHER_WORD = re.compile(
    r"dwi|adc|dti|ep2d|epi|perf\w*|dsc|dce|asl|pcasl|bold|fmri|swi|swan|t2star|tof|\w*angio\w*|mra|mrv|loc|"
    r"\w*locali[sz]er\w*|scout|survey|sub|subtract\w*|mip|minip|phase|spectro\w*|csi|mrs|svs|r?cbv|r?cbf|mtt|ttp|tmax|"
    r"fieldmap|b0|b1000|trace\w*|fa|colfa|diffusion|calibration|asset|\w*scout\w*|ktrans|pd|pdw|t1map|t2map|map|stir|"
    r"ciss|fiesta\w*|trufi|ssfp|screenshot|projection")

_HEAD = frozenset({"head", "brain", "skull", "neuro", "cranium", "cranial", "cerebral", "cerebrum", "hirn", "kopf",
                   "schaedel", "schadel", "cerveau", "crane", "cerebro", "craneo", "cranio", "encephale"})
_ELSEWHERE = frozenset({
    "shoulder", "knee", "hip", "abdomen", "abdominal", "liver", "pelvis", "pelvic", "spine", "cspine", "tspine",
    "lspine", "cervical", "thoracic", "lumbar", "sacrum", "thorax", "chest", "lung", "breast", "heart", "cardiac",
    "prostate", "wrist", "hand", "finger", "ankle", "foot", "elbow", "femur", "tibia", "humerus", "forearm", "kidney",
    "renal", "pancreas", "mrcp", "extremity", "leg", "arm", "thigh", "calf", "uterus", "rectum", "bladder", "neck",
    "schulter", "knie", "huefte", "leber", "becken", "wirbelsaeule", "hws", "bws", "lws", "herz", "mamma"})

_MASK_WORD = re.compile(r"\w*masks?|labels?|labelmap|segm?|segs|\w*segmentation|rois?|gtv|ptv|ctv|contours?|annot\w*")


def words(text: str) -> tuple[str, ...]:
    """Lower-case words; "+C", "C+", "w/o", "C-" become the words they stand for."""
    plain = text.lower().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue").replace("é", "e")
    plain = re.sub(r"\bw\s?/\s?o\b", " without ", plain)
    plain = re.sub(r"\bw\s?/", " with ", plain)
    plain = re.sub(r"\s-(?:c|gd|km|ce)\b|(?<![a-z0-9])c-(?=[\s_]|$)", " without contrast ", plain)
    plain = re.sub(r"\+\s*c\b|(?<![a-z0-9])c\+", " contrast ", plain)
    return tuple(re.findall(r"[a-z0-9]+", plain))


def says_contrast(said: tuple[str, ...]) -> bool | None:
    """Whether the words say that a contrast agent was (True) or was not (False) given; None if they are silent."""
    pairs = list(pairwise((*said, "")))
    if any(_denies(word, following) for word, following in pairs):
        return False
    if any(_WITH_AGENT.fullmatch(word) or (word in _AFTER and following not in _EVENTS) for word, following in pairs):
        return True
    return None


def _denies(word: str, following: str) -> bool:
    if word in _WITHOUT:
        return following in _FILLERS or _AGENT_WORD.fullmatch(following) is not None
    return _NO_AGENT.fullmatch(word) is not None or (word in _BEFORE and following not in _EVENTS)


def says_kind(said: tuple[str, ...]) -> SequenceKind | None:
    """T1, T2, FLAIR or other, as the words say; None if they are silent or contradict each other."""
    if any(_OTHER_WORD.fullmatch(word) for word in said):
        return "other"
    t1 = any(_T1_WORD.fullmatch(word) for word in said)
    if not t1 and any(_FLAIR_WORD.fullmatch(word) for word in said):
        return "FLAIR"
    t2 = any(_T2_WORD.fullmatch(word) for word in said)
    if t1 == t2:
        return None
    return "T1" if t1 else "T2"


def says_head(said: tuple[str, ...]) -> bool:
    """Whether the words name the head or brain."""
    return not _HEAD.isdisjoint(said)


def names_elsewhere(said: tuple[str, ...]) -> str | None:
    """The first word that names a part of the body other than the head."""
    return next((word for word in said if word in _ELSEWHERE), None)


def says_mask(said: tuple[str, ...]) -> bool:
    """Whether a file name calls its content a mask."""
    return any(_MASK_WORD.fullmatch(word) for word in said)
