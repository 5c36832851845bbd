"""The error tree. Every message is one plain sentence: what was expected, what came, what to do.

RnappError
├── InputError            the user's input cannot be used (command line: exit code 2)
│   ├── StudyError        files that are no readable study, or the wrong kind of one
│   │   └── GeometryError slices or headers that do not describe a volume
│   ├── PreparationError  no head, or a registration or brain mask that cannot be trusted
│   ├── MaskError         a lesion mask that is empty, foreign or ambiguous
│   │   └── UnconfirmedMaskError  one in the atlas that somebody must look at on this registration first
│   ├── ClinicalError     a clinical value that cannot be true
│   ├── WeightsError      a weight file that is missing, altered or does not fit its card
│   └── CaseError         a kept case that cannot be read or written
└── Cancelled             the user stopped the work; nothing is wrong
"""


class RnappError(Exception):
    """Base of everything rnapp raises on purpose; its text is fit to be shown to the user."""


class InputError(RnappError):
    """Input that cannot be used; the text says why and what to do."""


class StudyError(InputError):
    """Files that are not a readable study, or not of the kind that is needed."""


class GeometryError(StudyError):
    """Slices or headers that do not describe one regular volume."""


class PreparationError(InputError):
    """A study that could not be prepared with a result worth trusting."""


class MaskError(InputError):
    """A lesion mask that is empty, belongs to another study, or is ambiguous."""


class UnconfirmedMaskError(MaskError):
    """A mask in the atlas that fits only if it was drawn on this registration, which cannot be shown: a person must
    look."""


class ClinicalError(InputError):
    """A clinical value outside what is possible or known."""


class WeightsError(InputError):
    """A weight bundle that is missing, altered, or does not fit its card."""


class CaseError(InputError):
    """A kept case that cannot be read or written."""


class Cancelled(RnappError):
    """The user cancelled; not a failure."""
