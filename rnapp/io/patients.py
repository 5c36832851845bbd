"""One patient's study from everything that was given: series of several patients are never mixed. Values only."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace

from rnapp.errors import StudyError
from rnapp.types import Caution, LeftOut, Proposed, RtObject, Series, Study, note

NO_ID = "no patient ID"
SEVERAL_STUDIES = "several_studies"
_PSEUDONYM_DIGITS = 8
_HIDDEN, _SALT_BYTES = "hidden:", 16


def study_of(series: Sequence[Series], left_out: Sequence[LeftOut] = (),
             radiotherapy: Sequence[RtObject] = ()) -> Study:
    """The study of these series, at least one; without series to choose from if they belong to several patients, until
    one of these is chosen (of_patient). left_out: the files in no series. Nothing is proposed yet."""
    ids = {_key(one.patient) for one in series} - {""}
    study = _study((), tuple(series), tuple(left_out)) if len(ids) > 1 else _study(tuple(series), (), tuple(left_out))
    if len(ids) > 1:
        return replace(study, other_radiotherapy=tuple(radiotherapy))
    # Files without an ID belong to the only patient, as series without one do.
    return _with_radiotherapy(study, [one for one in radiotherapy if not ids or _key(one.patient) in ids | {""}],
                              radiotherapy)


def _with_radiotherapy(study: Study, own: Sequence[RtObject], everything: Sequence[RtObject]) -> Study:
    """own: of the study's patient."""
    others = tuple(one for one in everything if one not in own)
    foreign = sum(_key(one.patient) not in {_key(series.patient) for series in study.others} for one in others)
    said = note("radiotherapy_of_another",
                f"{foreign} radiotherapy file(s) belong to another patient and are not used.")
    return replace(study, radiotherapy=tuple(own), other_radiotherapy=others,
                   cautions=(*study.cautions, said) if foreign else study.cautions)


def with_proposals(study: Study, proposed: Mapping[str, Proposed]) -> Study:
    """The study with the series proposed for each role, the reference first, named after the reference's series. Where
    there is none for a role, the last caution says why."""
    reference = study.find(next((one.uid for one in proposed.values()), None))
    missing = (note("no_series_proposed", one.why) for one in proposed.values() if one.uid is None)
    return replace(study, proposed=dict(proposed), cautions=(*study.cautions, *missing),
                   pseudonym=pseudonym(reference) if reference else study.pseudonym)


def patients(study: Study) -> tuple[tuple[str, int], ...]:
    """The patients in what was given: ID as the files have it, or NO_ID, and how many series."""
    by_patient: dict[str, list[Series]] = {}
    for series in sorted((*study.series, *study.others), key=lambda one: _key(one.patient)):
        by_patient.setdefault(_key(series.patient), []).append(series)
    return tuple((some[0].patient or NO_ID, len(some)) for some in by_patient.values())


def of_patient(study: Study, patient: str) -> Study:
    """The study of one patient (an ID whatever its case, a hidden one, or NO_ID), with the other patients' series set
    aside.

    Raises StudyError where none has this ID.
    """
    everything = (*study.series, *study.others)
    series = tuple(one for one in everything if same_patient(patient, one.patient))
    if not series:
        raise StudyError(f"None of the {len(patients(study))} patient(s) in these files has the ID that was given; "
                         "choose one that is listed.")
    own = _study(series, tuple(one for one in everything if one not in series), study.left_out)
    radiotherapy = (*study.radiotherapy, *study.other_radiotherapy)
    return _with_radiotherapy(own, [one for one in radiotherapy if same_patient(patient, one.patient)], radiotherapy)


def hidden(patient: str) -> str:
    """An ID by which the same patient is recognised without revealing the ID: salt and digest. "" stays ""."""
    return _digest(patient, secrets.token_hex(_SALT_BYTES)) if patient and not patient.startswith(_HIDDEN) else patient


def same_patient(first: str, second: str) -> bool:
    """Whether two IDs are the same but for case and spaces; the first may be a hidden one or NO_ID."""
    if first.startswith(_HIDDEN):
        return first == _digest(second, first.removeprefix(_HIDDEN).partition(":")[0])
    return _key("" if first == NO_ID else first) == _key(second)


def _digest(patient: str, salt: str) -> str:
    return f"{_HIDDEN}{salt}:{hashlib.sha256(f'{salt}:{_key(patient)}'.encode()).hexdigest()}"


def with_series(study: Study, uid: str) -> Study:
    """The study of the patient whom this series belongs to. Raises StudyError where it is not there."""
    for series in (*study.series, *study.others):
        if series.uid == uid:
            return study if series in study.series else of_patient(study, series.patient or NO_ID)
    raise StudyError("The chosen series is not part of this study; choose one from the list.")


def _study(series: tuple[Series, ...], others: tuple[Series, ...], left_out: tuple[LeftOut, ...]) -> Study:
    return Study(pseudonym((*series, *others)[0]), series, cautions=_cautions(series, others, left_out),
                 left_out=left_out, others=others)


def _key(patient: str) -> str:
    return " ".join(patient.split()).casefold()


def pseudonym(series: Series) -> str:
    """RN- and eight hexadecimal digits, always the same for a study, that identify nobody."""
    digest = series.uid.removeprefix("file-")
    if digest == series.uid:
        digest = hashlib.sha256((series.study or series.uid).encode()).hexdigest()
    return f"RN-{digest[:_PSEUDONYM_DIGITS].upper()}"


def _cautions(series: Sequence[Series], others: Sequence[Series],
              left_out: Sequence[LeftOut]) -> tuple[Caution, ...]:
    """The last one is that a patient must be chosen, where that is so."""
    cautions = [note("files_left_out", one.reason) for one in left_out if one.serious]
    # A dose is of the study in which the treatment was planned.
    studies = {one.study for one in series if one.study and one.kind != "dose"}
    if len(studies) > 1:
        cautions.append(note(SEVERAL_STUDIES, f"The files hold {len(studies)} studies; check that the chosen series "
                                             "belongs to the scan you mean."))
    if not series:
        count = len({_key(one.patient) for one in others})
        cautions.append(note("several_patients",
                          f"The files belong to {count} different patients; choose the one you mean."))
    return tuple(cautions)
