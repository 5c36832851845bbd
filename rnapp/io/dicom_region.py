"""The body part that a DICOM series names. The image decides what is shown; the words only lead to cautions."""

from dataclasses import dataclass

from rnapp.io import proposal, suitability
from rnapp.io.dicom_header import Instance
from rnapp.io.words import names_elsewhere, names_far, says_head, words
from rnapp.types import Caution


@dataclass(frozen=True)
class Region:
    """unusable: the sentence why the series cannot be used, else None; facts, cautions: of one that can."""

    unusable: str | None = None
    facts: tuple[str, ...] = ()
    cautions: tuple[Caution, ...] = ()


def region_of(instance: Instance) -> Region:
    """Unusable only where BodyPartExamined and a description both name the same kind of far region; a series with a far
    region in its description alone is never proposed; anything else gets a caution. The series' own description comes
    first."""
    own = (*words(instance.text("SeriesDescription")), *words(instance.text("ProtocolName")))
    part, study = words(instance.text("BodyPartExamined")), words(instance.text("StudyDescription"))
    if says_head(own):
        return Region()
    # The study's name says least: "brain and cervical spine", or the primary tumour.
    named = (*own, *(() if says_head(part) or says_head(study) else study))
    far = names_far(named)
    if far and names_far(part):
        what, wanted = ("a CT", "a CT") if instance.text("Modality") == "CT" else ("an MR scan", "an MRI")
        return Region(f"This is {what} of another region ({names_far(part)}), not of the head; choose {wanted} of "
                      "the head.")
    elsewhere = far or names_elsewhere(own) or (None if says_head(part) else names_elsewhere(part)) or (
        names_elsewhere(named))
    if not elsewhere:
        return Region()
    fact = f"{proposal.FAR_REGION} ({far})" if far else f"{proposal.OTHER_REGION} ({elsewhere})"
    return Region(None, (fact,), (suitability.region_caution(elsewhere),))
