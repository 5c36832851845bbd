"""What of a case is kept in a file, and the case again as it was left. For the page, the command line and training."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from rnapp.case.case import Case, Preparation
from rnapp.case.pending import Earlier, KeptDose
from rnapp.case.upgrade import UPGRADES
from rnapp.errors import CaseError
from rnapp.io.patients import hidden
from rnapp.store.case_file import Label, read_case
from rnapp.store.library import Library
from rnapp.types import PlacedDose, Prepared, Series, Study

UID = re.compile(r"[0-9]+(\.[0-9]+)+")
NAMELESS = "image file"
NOTHING_TO_KEEP = "There is nothing to keep yet: prepare the scan first; until then everything is in its files."


@dataclass(frozen=True, eq=False)
class KeptCase:
    """A case without what can be made again, is of one start of the program only, or names the patient or their files.

    question: id of the question that is asked; reader_first, shown_answer: how the reading was being looked at.
    """

    question: str
    case: Case
    reader_first: bool = True
    shown_answer: int = 0


def to_keep(case: Case, question: str, reader_first: bool = True, shown_answer: int = 0) -> KeptCase:
    """Raises CaseError where nothing is prepared yet."""
    if case.preparation is None or case.study is None:
        raise CaseError(NOTHING_TO_KEEP)
    series = tuple(_nameless(one) for one in case.study.series if one.uid in case.preparation.chosen.values())
    study = Study(case.form.pseudonym, series, cautions=case.study.cautions)
    kept = replace(case, study=study, chosen=case.preparation.chosen, example_mask=None, early=None, kept_dose=None,
                   preparation=_kept_preparation(case.preparation))
    return KeptCase(question, kept, reader_first, shown_answer)


def read_kept(path: Path) -> tuple[Label, KeptCase]:
    """A kept case from its file, also one that an older program wrote. Raises CaseError as read_case does."""
    return read_case(path, KeptCase, UPGRADES)


def open_kept(library: Library, case_id: str) -> tuple[Label, KeptCase]:
    """The same by its id."""
    return library.open(case_id, KeptCase, UPGRADES)


def with_files(case: Case, files: Mapping[str, Path]) -> Case:
    """A kept case with what it takes to prepare it again: its dose, and files. files: role → a file with the voxels of
    its native scan."""
    if case.study is None:
        return case
    placed = case.prepared.dose if case.prepared else None
    kept_dose = KeptDose(placed, case.chosen) if placed else None
    by_uid = {uid: files[role] for role, uid in case.chosen.items() if role in files}
    series = tuple(replace(one, files=(by_uid[one.uid],)) if one.uid in by_uid else one for one in case.study.series)
    return replace(case, study=replace(case.study, series=series), kept_dose=kept_dose)


def _kept_preparation(preparation: Preparation) -> Preparation:
    """Without what waits for a person: a file that does is still where it came from."""
    return replace(
        preparation, prepared=_kept_scans(preparation.prepared), waiting=None, doubtful=None, proposal=None,
        dismissed=frozenset(), earlier=tuple(map(_kept_earlier, preparation.earlier)),
        outline=replace(preparation.outline, before_growth=None))


def _kept_earlier(earlier: Earlier) -> Earlier:
    scan = replace(earlier.scan, prepared=_kept_scans(earlier.scan.prepared))
    return replace(earlier, scan=scan, waiting=None)


def _kept_scans(prepared: Prepared) -> Prepared:
    channels = {role: replace(one, series=_nameless(one.series)) for role, one in prepared.channels.items()}
    dose = _kept_dose(prepared.dose) if prepared.dose else None
    return replace(prepared, channels=MappingProxyType(channels), dose=dose)


def _kept_dose(placed: PlacedDose) -> PlacedDose:
    """A dose that came in no DICOM file is known by the file's name, which may be a patient's."""
    sources = tuple(one if UID.fullmatch(one) else NAMELESS for one in placed.dose.sources)
    return replace(placed, dose=replace(placed.dose, sources=sources))


def _nameless(series: Series) -> Series:
    """A kept case names nobody, but an earlier scan of another patient must be noticed in it too."""
    return replace(series.source, patient=hidden(series.patient))
