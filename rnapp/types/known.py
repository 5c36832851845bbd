"""What became known of a lesion later."""

from dataclasses import dataclass
from typing import Literal

# How it became known, the surest first.
Proof = Literal["histology", "follow_up", "pet"]
PROOFS: dict[Proof, str] = {"histology": "Biopsy or resection", "follow_up": "Follow-up imaging",
                            "pet": "PET or perfusion"}


@dataclass(frozen=True)
class KnownOutcome:
    """The outcome of one lesion (0: of the study).

    outcome: place in the question's outcomes; proof: how it is known; known: since when, ISO 8601 date.
    """

    lesion: int
    outcome: Literal[0, 1]
    proof: Proof
    known: str
