"""A clinical question as a value: its outcomes, its inputs, its form, and the words for all of them.

Everything that a person or a file sees of a question is drawn from here; what answers it is a rnapp.tasks.task.Task.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias

# What may stand in a clinical field: a number, the code of a choice, yes or no; None is unknown.
ClinicalValue: TypeAlias = float | str | bool | None
# Field name → value, one for each field of the question.
Clinical: TypeAlias = Mapping[str, ClinicalValue]
FieldKind = Literal["number", "choice", "yes_no"]
Unit = Literal["lesion", "study"]
# scan: prepared and shown to the models; planning: only leads from a dose to the scan; dose: of radiotherapy.
RoleKind = Literal["scan", "planning", "dose"]


@dataclass(frozen=True)
class Outcome:
    """One of the two answers of a question.

    code: in files ("necrosis"); key: short, in names of results ("rn": probability_rn); name: in a sentence
    ("radiation necrosis"); short: where there is little room ("necrosis").
    """

    code: str
    key: str
    name: str
    short: str

    @property
    def title(self) -> str:
        """At the beginning of a line."""
        return self.name[0].upper() + self.name[1:]


@dataclass(frozen=True)
class Role:
    """What an input is for. name: in files and channels ("t1ce"); label: on the screen ("T1 after contrast"); contrast:
    it must be one after a contrast agent, so that a reader is told where that is in doubt; optional: the question can
    be asked without it."""

    name: str
    label: str
    help: str = ""
    contrast: bool = False
    kind: RoleKind = "scan"
    optional: bool = False


@dataclass(frozen=True)
class Field:
    """One entry of the clinical form; every one may stay unknown.

    name: in files and models; label: on the screen; least, most, unit: of a number; choices: code → words, of a choice;
    help: one line below the entry.
    """

    name: str
    label: str
    kind: FieldKind
    unit: str = ""
    least: float = 0.0
    most: float = 0.0
    choices: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    help: str = ""


@dataclass(frozen=True, eq=False)
class Question:
    """id: in cards, cases and results; title: as a question; about: of whom, where there is a choice; outcomes: every
    probability is of the first; roles: the first is registered to the atlas and drawn on, the others are registered to
    it; unit: what one answer is about; meaning: what the number means, in sentences for the help; map_meaning: what the
    map of occlusion is and what it is not; networks_meaning: what a map of what moved the image networks shows, or that
    there is none, in sentences for the help; outline: whether lesions may be drawn although the answer is
    about the study."""

    id: str
    title: str
    outcomes: tuple[Outcome, Outcome]
    roles: tuple[Role, ...]
    fields: tuple[Field, ...]
    unit: Unit
    meaning: tuple[str, ...] = ()
    map_meaning: str = ""
    outline: bool = False
    about: str = ""
    networks_meaning: tuple[str, ...] = ()

    @property
    def outlines(self) -> bool:
        """Whether lesions are drawn for this question."""
        return self.unit == "lesion" or self.outline

    def role(self, name: str) -> Role:
        """The role with this name. Raises KeyError."""
        return {one.name: one for one in self.roles}[name]

    def roles_of(self, kind: RoleKind) -> tuple[Role, ...]:
        """The roles of one kind, in order."""
        return tuple(one for one in self.roles if one.kind == kind)

    @property
    def reference(self) -> str:
        """Name of the role whose scan is registered to the atlas and drawn on."""
        return self.roles[0].name

    @property
    def probability_name(self) -> str:
        """What the probability is called in files."""
        return f"probability_{self.outcomes[0].key}"

    @property
    def unknown(self) -> Clinical:
        """A form in which nothing is filled in."""
        return MappingProxyType(dict.fromkeys((one.name for one in self.fields), None))

    @property
    def leanings(self) -> Mapping[str, str]:
        """What the board may think: code → words, from the first outcome to the second."""
        first, second = self.outcomes
        return MappingProxyType({
            first.code: first.title, f"probably_{first.code}": f"Probably {first.name}", UNDECIDED: "Undecided",
            f"probably_{second.code}": f"Probably {second.name}", second.code: second.title})


UNDECIDED = "undecided"
