"""What a DICOM header records of the contrast agent: given (True), not given (False) or silent (None)."""

import re
from typing import Any

from rnapp.io.dicom_header import DICOM_ERRORS, Instance, tag_text
from rnapp.io.language_words import AGENT_NAMES
from rnapp.io.plain_words import word_set
from rnapp.io.words import says_contrast, says_not_given, words

_NAMES = word_set(AGENT_NAMES)
_PLAIN = _NAMES | word_set("gd gad contrast kontrast kontrastmittel km contraste contrasto mdc")
_UNKNOWN = word_set("unknown unk unbekannt inconnu desconocido sconosciuto onbekend tbd planned geplant")
_NONE = word_set(
    "none no n nil na nein kein keine keines nichts not null void empty false off aucun aucune sans ninguno ninguna "
    "sin nessuno nessuna senza nenhum nenhuma sem nao geen nee zonder ingen inget intet nej utan uden brak bez nie "
    "zadny zadna ne without wo ohne non not nicht ikke inte ej niet pas intet 0 nativ native natif nativo plain")
# Also given, but no T1 contrast agent: fluids, and drugs that slow the bowel.
_NO_AGENT = word_set(
    "nacl saline kochsalz salzloesung kochsalzloesung ringer water wasser h2o aqua eau agua acqua serum suero soro "
    "fisiologica physiologique physiologisch glucose glukose buscopan glucagon butylscopolamin mannitol lasix "
    "furosemid furosemide koksalt saltvand saltvatten sol fizjologiczna")
# A trade name may only be what the pharmacy stocks; followed by "without" alone it says nothing.
_WITHOUT = word_set("ohne without wo sans senza sin sem zonder utan uden uten bez")
# Given for another examination (PET, CT), or typed to fill the field: says nothing about a T1 contrast agent.
_OTHER_AGENT = re.compile(r"f?fdg|tc99m?|dotatoc|dotatate|fet|psma|met|pet|io(?:pa|he|me|di|xi|ver|bi)\w*|ultravist|"
                          r"imeron|omnipaque|visipaque|isovue|xenetix|accupaque|solutrast|optiray|al+erg\w*|tests?|testing|dummy|phantom")
_TOO_SHORT = re.compile(r"[a-z]|x+")
_DOSE = re.compile(r"(?<![\d.,])(\d+(?:[.,]\d+)?)\s?(?:ml|cc|m?mol)(?![a-z])", re.IGNORECASE)


def recorded(instance: Instance) -> bool | None:
    """Whether this object's header records a contrast agent. PS3.3, C.7.6.4 and C.8.13.5.10."""
    usage = _usage(instance.header)
    if usage is not None:
        return usage
    texts = [instance.text("ContrastBolusAgent"), *_meanings(instance.header)]
    said = [given(text) for text in texts if text]
    if False in said:
        return False
    if True in said:
        return True
    return True if instance.header.get("ContrastBolusAgentSequence") and not said else None


def given(text: str) -> bool | None:
    """What a recorded agent's name says: "Gadovist" and "7 ml" yes, "ohne KM", "nicht gegeben", "N.A.", "-" and
    "NaCl" no; "unknown", "X", "Test", "Gadovist ohne" and another examination's agent nothing."""
    if not text.strip():
        return None
    said = words(text)
    if said and said[-1] in _WITHOUT and not _NAMES.isdisjoint(said):
        return None
    spoken = says_contrast(said)
    if spoken is not None:
        return spoken
    if says_not_given(said):
        return False
    doses = [float(number.replace(",", ".")) for number in _DOSE.findall(text)]
    if not any(doses) and (not said or said[0] in _NONE or said[:2] == ("n", "a")):
        return None if "?" in text else False
    if said[0] in _UNKNOWN or _are_letters(said) or any(_OTHER_AGENT.fullmatch(word) for word in said):
        return None
    return not any(word in _NO_AGENT for word in said)


def _are_letters(said: tuple[str, ...]) -> bool:
    """Whether only single letters were typed, as if to fill a mandatory field ("y" is yes)."""
    return said not in (("y",), ("j",)) and all(_TOO_SHORT.fullmatch(word) for word in said)


def agent_name(instance: Instance) -> str:
    """The agent's name where it is a known one, "" otherwise: free text may hold anything, a name included."""
    said = words(" ".join([instance.text("ContrastBolusAgent"), *_meanings(instance.header)]))
    return next((word for word in said if word in _NAMES), next((word for word in said if word in _PLAIN), ""))


def _meanings(header: Any) -> list[str]:
    return [text for item in header.get("ContrastBolusAgentSequence") or [] if (text := tag_text(item, "CodeMeaning"))]


def _usage(header: Any) -> bool | None:
    """What the frames of an enhanced object say, where they agree."""
    try:
        groups = [*(header.get("SharedFunctionalGroupsSequence") or []),
                  *(header.get("PerFrameFunctionalGroupsSequence") or []), header]
        items = [item for group in groups for item in group.get("ContrastBolusUsageSequence") or []]
        said = {tag_text(item, "ContrastBolusAgentAdministered").upper() for item in items} - {""}
        phases = {tag_text(item, "ContrastBolusAgentPhase").upper() for item in items} - {""}
    except DICOM_ERRORS:
        return None
    if said == {"NO"} or phases == {"PRE_CONTRAST"}:
        return False
    return True if said == {"YES"} else None
