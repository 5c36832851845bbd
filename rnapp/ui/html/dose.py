"""Where the dose lies, and what is said of it in numbers once a person has confirmed it."""

from rnapp.types import Dose, PlacedDose, Prepared, Prescription, Question
from rnapp.ui.html.render import render

TECHNIQUES = {"photon": "photons", "proton": "protons", "other": "other particles"}
NO_PRESCRIPTION = "No plan says what was prescribed, so isodoses have no per cent until you enter it."


def pair_pictures(prepared: Prepared, question: Question, revision: int) -> str:
    """A picture of each further scan on the first one."""
    further = list(prepared.channels)[1:]
    labels = {role.name: role.label for role in question.roles}
    return render("pair_pictures", pairs=[(role, labels.get(role, role)) for role in further], revision=revision,
                  first=labels.get(next(iter(prepared.channels)), "the first scan"))


def way(placed: PlacedDose, doubtful: bool) -> str:
    """The way from the dose to the scan in words, and who confirmed it. doubtful: a person must say so expressly."""
    return render("dose_way", steps=placed.path.steps, match=placed.path.match, confirmed=placed.confirmed,
                  doubtful=doubtful, prescription=prescribed(placed.dose))


def prescribed(dose: Dose) -> str:
    """What was prescribed, to which targets."""
    known = [_one(one) for one in dose.prescriptions if one.dose_gy is not None]
    return f"Prescribed: {'; '.join(known)}." if known else NO_PRESCRIPTION


def _one(one: Prescription) -> str:
    said = [f"{one.dose_gy:g} Gy"]
    if one.fractions:
        said.append(f"in {one.fractions} fraction{'s' if one.fractions > 1 else ''}")
    if one.technique in TECHNIQUES:
        said.append(f"with {TECHNIQUES[one.technique]}")
    if one.target:
        said.append(f"to {one.target}")
    return " ".join(said) + (" (entered here)" if one.typed else "")
