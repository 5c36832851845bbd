"""What words say of a sequence: T1, T2, FLAIR or other, and what is no picture of tissue by itself."""

import re
from itertools import pairwise

from rnapp.io.plain_words import word_set
from rnapp.types import SequenceKind

_T1 = r"(?:3d|2d|ax|sag|cor|tra|s|e|wip)?t1(?:weighted|w|wi)?"
_T1_WORD = re.compile(
    rf"{_T1}(?:ce?|gddtpa|gado\w*|gad|gd|[mop]?km|n|pre|post|inj\w*|mdc|civ|contrast\w*|kontrast\w*|nativ\w*|nat|wo|"
    r"3d|ax|sag|cor|tra|fs|se|tse|fse|ffe|tfe|gre|flash|mprage|mpr|vibe|spgr|fspgr|bravo|space|cube|vista|flair)*|"
    rf"(?:gd|ce){_T1}|(?:3d)?mprage|bravo|f?spgr|e?thrive")
_T2_WORD = re.compile(r"(?:3d|2d|ax|sag|cor|tra|s|e|wip)?t2(?:weighted|w|wi|tse|fse)?")
_FLAIR_WORD = re.compile(r"\w*flair\w*|darkfluid|t2f|tirm")
_OTHER_WORD = re.compile(
    r"dwi|diff|adc|dti|ep2d|epi|perf\w*|dsc|dce|asl|pcasl|bold|fmri|swi|swan|t2star|tof|\w*angio\w*|mra|mrv|loc|"
    r"\w*locali[sz]er\w*|scout|survey|mip|minip|spectro\w*|csi|mrs|svs|r?cbv|r?cbf|mtt|ttp|tmax|"
    r"fieldmap|b0|b1000|trace\w*|colfa|diffusion|calibration|\w*scout\w*|ktrans|pd|pdw|t1map|t2map|map|stir|"
    r"ciss|fiesta\w*|trufi|ssfp|screenshot|projection|pdff|mip\w*")

# With contrast minus without, in the languages of rnapp.io.language_words.
_SUBTRACTION = re.compile(
    r"subs?|\w*subtr\w*|substra\w*|substrak\w*|\w*soustr\w*|sottr\w*|sustrac\w*|sustra[ci]\w*|resta|odejm\w*|odec[et]\w*|"
    r"aftrek\w*|differen[czt]\w*|diferenc\w*|roznic\w*")
_DIXON = re.compile(r"\w*dixon\w*|dix|ideal|flex|lava|idealiq")
_FAT = re.compile(r"f|fat|fett|graisse|grasa|grasso|gordura|vet|fatonly")
_OPPOSED = re.compile(r"op|opp|oop|opposed|opposedphase|outphase|outofphase|oppphase|gegenphase")
_OPPOSED_PHRASES = ("opp phase", "out phase", "out of phase", "opposed phase", "opposite phase", "opposing phase",
                    "hors phase", "opposition de phase", "fuera de fase", "fuori fase", "fora de fase")
_FAT_PHRASES = ("fat only", "fat image", "fat images", "only fat")
# "delayed phase" is a time, "in phase" a picture of tissue; any other phase is no picture of tissue.
_WHEN = word_set("en in delayed delay late early venous arterial portal equilibrium steady tardive veineuse arterielle "
                 "portale spaete spaet venoese contrast post enhanced nephrographic parenchymal interstitial")
_REFORMATTED = re.compile(r"reformat\w*|refmt|rfmt|reslice\w*|resampl\w*|csaparallel|coregist\w*|cpr")
SUBTRACTION, FAT, OPPOSED = "a subtraction", "a fat image", "an opposed-phase image"


def says_kind(said: tuple[str, ...]) -> SequenceKind | None:
    """T1, T2, FLAIR or other, as the words say; None if they are silent or contradict each other."""
    if says_no_tissue(said) or any(_OTHER_WORD.fullmatch(word) for word in said) or _is_phase(said):
        return "other"
    t1 = any(_T1_WORD.fullmatch(word) for word in said)
    if not t1 and any(_FLAIR_WORD.fullmatch(word) for word in said):
        return "FLAIR"
    t2 = any(_T2_WORD.fullmatch(word) for word in said)
    if not t1 and not t2 and _is_asset_or_anisotropy(said):
        return "other"
    if t1 == t2:
        return None
    return "T1" if t1 else "T2"


def says_no_tissue(said: tuple[str, ...]) -> str | None:
    """"a subtraction", "a fat image" or "an opposed-phase image", where the words say so."""
    text = f" {' '.join(said)} "
    if any(_SUBTRACTION.fullmatch(word) for word in said) or "minus" in said[:-1]:
        return SUBTRACTION
    dixon = any(_DIXON.fullmatch(word) for word in said)
    if any(f" {phrase} " in text for phrase in _OPPOSED_PHRASES) or any(
            _OPPOSED.fullmatch(word) and (dixon or len(word) > 3) for word in said):
        return OPPOSED
    if any(f" {phrase} " in text for phrase in _FAT_PHRASES) or (dixon and _is_fat(said)):
        return FAT
    return None


def _is_fat(said: tuple[str, ...]) -> bool:
    """Of a Dixon series: the fat image, named at the end, at the start or right behind the technique."""
    named = (said[0], said[-1], *(after for before, after in pairwise(said) if _DIXON.fullmatch(before)))
    suppressed = any(before == "fat" and after.startswith(("sat", "supp")) for before, after in pairwise(said))
    return not suppressed and any(_FAT.fullmatch(word) for word in named)


def says_reformatted(said: tuple[str, ...]) -> bool:
    """Whether the words call the series a copy on other planes. "MPR" does not: it is short for MPRAGE as well."""
    return any(_REFORMATTED.fullmatch(word) for word in said)


def _is_phase(said: tuple[str, ...]) -> bool:
    padded = ("", *said, "")
    return any(word == "phase" and before not in _WHEN and after not in _WHEN - {"contrast"}
               for before, word, after in zip(padded, padded[1:], padded[2:], strict=False))


def _is_asset_or_anisotropy(said: tuple[str, ...]) -> bool:
    """Beside no sequence, ASSET is a calibration and FA without a number (a flip angle) fractional anisotropy."""
    return "asset" in said or any(word == "fa" and not after.isdigit() for word, after in pairwise((*said, "")))
