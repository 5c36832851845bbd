"""The answer: each lesion's crop, radiomics and clinical data through the ensemble. Gomaa et al. 2025."""

from dataclasses import replace
from datetime import datetime

import numpy as np

from rnapp.errors import MaskError
from rnapp.geometry import grid_like
from rnapp.models.clinical import validate
from rnapp.models.ensemble import predict
from rnapp.models.radiomics import too_small
from rnapp.pipeline.clock import Clock
from rnapp.pipeline.resources import Resources
from rnapp.report.versions import software_versions
from rnapp.types import (
    CancelToken,
    ClinicalData,
    Lesion,
    LesionReading,
    LesionSet,
    Prepared,
    ProgressCallback,
    Reading,
    no_progress,
)

NO_MASK = "No lesion mask was given, so no lesion was analysed."


def no_lesions(prepared: Prepared) -> LesionSet:
    """The lesion set of a study whose lesion nobody has drawn yet."""
    atlas, native = (grid_like(grid, np.zeros(grid.shape, np.int16)) for grid in (prepared.head, prepared.native))
    return LesionSet((), atlas, native, (NO_MASK,))


def analyse(prepared: Prepared, lesion_set: LesionSet, clinical: ClinicalData, resources: Resources, pseudonym: str,
            progress: ProgressCallback = no_progress, cancel: CancelToken | None = None) -> Reading:
    """A probability, contributions and attention for each lesion; none for no_lesions().

    Raises ClinicalError for an impossible value, MaskError (before any network runs) for a lesion too small to read,
    Cancelled.
    """
    validate(clinical)
    for lesion in lesion_set.lesions:
        if reason := too_small(lesion.crop.mask, prepared.to_atlas.scale, lesion.volume_ml):
            raise MaskError(f"Lesion {lesion.number} cannot be read. {reason}")
    names = [f"Analysing lesion {lesion.number}" for lesion in lesion_set.lesions]
    token = cancel or CancelToken()
    clock = Clock(dict.fromkeys(names, 1 / max(len(names), 1)), progress, token)
    readings = []
    for name, lesion in zip(names, lesion_set.lesions, strict=True):
        with clock.stage(name):
            readings.append(_read(lesion, clinical, resources, token))
    clock.finish()
    return Reading(
        prepared=prepared, lesion_set=lesion_set, lesions=tuple(readings), clinical=clinical,
        model=resources.bundle.card, pseudonym=pseudonym, created=datetime.now().astimezone().isoformat("T", "seconds"),
        software=software_versions(), timings_s={**prepared.timings_s, **clock.timings_s},
        warnings=(*prepared.warnings, *lesion_set.warnings))


def _read(lesion: Lesion, clinical: ClinicalData, resources: Resources, cancel: CancelToken) -> LesionReading:
    opinion = predict(resources.bundle, lesion.crop, clinical, cancel)
    seen = replace(lesion, warnings=(*lesion.warnings, *opinion.warnings))
    return LesionReading(seen, opinion.prediction, opinion.contributions, opinion.baseline_log_odds, opinion.attention,
                         opinion.what_if)
