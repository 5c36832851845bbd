"""Radiomics of one lesion with PyRadiomics (van Griethuysen et al. 2017): Original, Wavelet and LoG, 1158 features."""

import logging
import math
from collections.abc import Mapping

from radiomics.featureextractor import RadiomicsFeatureExtractor

from rnapp.errors import MaskError
from rnapp.geometry import to_sitk
from rnapp.models.radiomics_limits import too_small
from rnapp.models.radiomics_settings import SETTINGS_FILE, settings_sha256
from rnapp.types import Volume

FEATURE_COUNT = 1158


def extract(t1ce: Volume, mask: Volume) -> dict[str, float]:
    """All features of the lesion: name → value (NaN where a feature is not defined for it).

    Both volumes are a crop's, at 1 mm, t1ce z-scored: filters see beyond the lesion, so the model's features
    mean the same only on the same kind of input. A lesion that is larger than the crop is described as far as
    the crop shows it. Raises MaskError for an empty lesion or one too small for texture.
    """
    if reason := too_small(mask):
        raise MaskError(f"This lesion cannot be read. {reason}")
    return features_with(str(SETTINGS_FILE), t1ce, mask)


def features_with(settings: str | Mapping[str, object], t1ce: Volume, mask: Volume) -> dict[str, float]:
    """The features under PyRadiomics settings (a file or its content); mask: label 1 is the lesion."""
    quiet()
    extractor = RadiomicsFeatureExtractor(settings if isinstance(settings, str) else dict(settings))
    found = extractor.execute(to_sitk(t1ce), to_sitk(mask))
    return finite({name: value for name, value in found.items() if not name.startswith("diagnostics")})


def quiet() -> None:
    """PyRadiomics tells every step of its own."""
    logging.getLogger("radiomics").setLevel(logging.ERROR)


def finite(found: Mapping[str, float]) -> dict[str, float]:
    """Values as numbers, NaN where a feature is not defined."""
    values = {name: float(value) for name, value in found.items()}
    return {name: value if math.isfinite(value) else math.nan for name, value in values.items()}


def settings_in_words() -> str:
    """What the settings file asks for, for the report."""
    extractor = RadiomicsFeatureExtractor(str(SETTINGS_FILE))
    sigmas = ", ".join(f"{sigma:g}" for sigma in extractor.enabledImagetypes["LoG"]["sigma"])
    images = ", ".join(f"LoG {sigmas} mm" if name == "LoG" else name for name in extractor.enabledImagetypes)
    classes = ", ".join(extractor.enabledFeatures)
    return (f"Radiomics: {FEATURE_COUNT} features ({images}; {classes}), bin width "
            f"{extractor.settings['binWidth']:g} standard deviations; settings file SHA-256 {settings_sha256()[:12]}.")
