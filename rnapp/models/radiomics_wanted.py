"""The few radiomics features that a bundle uses, with the very values that the full extraction gives, in a fraction of
its time: only the filters, classes and features that are asked for, and each filter once for all outlines on a scan."""

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from itertools import product
from types import MappingProxyType

import SimpleITK as sitk
from radiomics import imageoperations
from radiomics.featureextractor import RadiomicsFeatureExtractor, getFeatureClasses

from rnapp.errors import MaskError
from rnapp.geometry import to_sitk
from rnapp.models.radiomics import finite, quiet
from rnapp.models.radiomics_limits import too_small
from rnapp.models.radiomics_settings import SETTINGS_FILE
from rnapp.types import Volume

ORIGINAL, SHAPE, _WAVELET = "original", "shape", "wavelet-"
# Filtered image → class → the names of its features.
_Wanted = Mapping[str, Mapping[str, list[str]]]


@dataclass(frozen=True, eq=False)
class Filtered:
    """A scan as the wanted features see it. images: name of the filter → filtered scan; the filters look at the scan
    alone, never at an outline."""

    images: Mapping[str, sitk.Image]
    wanted: _Wanted

    @property
    def scan(self) -> sitk.Image:
        """Without a filter."""
        return self.images[ORIGINAL]

    def only(self, columns: Iterable[str]) -> "Filtered":
        """For fewer of the features, with the same filtered scans."""
        return Filtered(self.images, {name: classes for name, classes in _wanted(columns).items()
                                      if name in self.images})


def of_the_scan() -> tuple[str, ...]:
    """Names of the features that need no filter."""
    known = getFeatureClasses()
    return tuple(f"{ORIGINAL}_{family}_{feature}" for family in _extractor().enabledFeatures
                 for feature, deprecated in known[family].getFeatureNames().items() if not deprecated)


def filtered(t1ce: Volume, columns: Iterable[str]) -> Filtered:
    """t1ce: a crop's, as extract takes it; columns: of which those that name a feature are wanted."""
    wanted = _wanted(columns)
    scan = to_sitk(t1ce)
    return Filtered(MappingProxyType({ORIGINAL: scan} | dict(_filters(scan, wanted))), wanted)


def measured(seen: Filtered, mask: Volume) -> dict[str, float]:
    """The wanted features of an outline (bool, the same grid): name → value, as extract has them. Raises MaskError as
    extract does."""
    if reason := too_small(mask):
        raise MaskError(f"This lesion cannot be read. {reason}")
    quiet()
    extractor = deepcopy(_extractor())
    settings = extractor.settings
    outline = imageoperations.getMask(to_sitk(mask), **settings)
    box, _ = imageoperations.checkMask(seen.scan, outline, **settings)
    found: dict[str, float] = {}
    for name, classes in seen.wanted.items():
        extractor.disableAllFeatures()
        extractor.enableFeaturesByName(**classes)
        if SHAPE in classes:
            found |= extractor.computeShape(seen.scan, outline, box, **settings)
        image, part = imageoperations.cropToTumorMask(seen.images[name], outline, box)
        found |= extractor.computeFeatures(image, part, name, **settings)
    return finite(found)


def _wanted(columns: Iterable[str]) -> _Wanted:
    """Without what is no feature; whoever needs it says so."""
    known = {name: found.getFeatureNames() for name, found in getFeatureClasses().items()}
    images = {ORIGINAL, *map("".join, product([_WAVELET], *["LH"] * 3)), *map(_log_name, _sigmas())}
    wanted: dict[str, dict[str, list[str]]] = {}
    for column in sorted(set(columns)):
        image, _, rest = column.partition("_")
        family, _, feature = rest.partition("_")
        if image in images and feature in known.get(family, {}):
            wanted.setdefault(image, {}).setdefault(family, []).append(feature)
    return wanted


def _filters(scan: sitk.Image, wanted: _Wanted) -> Iterator[tuple[str, sitk.Image]]:
    if any(name.startswith(_WAVELET) for name in wanted):
        yield from ((name, image) for image, name, _ in imageoperations.getWaveletImage(scan, None) if name in wanted)
    for sigma in _sigmas():
        if _log_name(sigma) in wanted:
            yield from ((name, image) for image, name, _ in imageoperations.getLoGImage(scan, None, sigma=[sigma]))


def _sigmas() -> list[float]:
    """Of the LoG filters, mm, as the settings file has them (it asks for the usual wavelet)."""
    return list(_extractor().enabledImagetypes["LoG"]["sigma"])


@cache
def _extractor() -> RadiomicsFeatureExtractor:
    """As the settings file has it; to be copied. Reading and checking the file takes longer than most features."""
    return RadiomicsFeatureExtractor(str(SETTINGS_FILE))


def _log_name(sigma: float) -> str:
    """As PyRadiomics writes it."""
    return f"log-sigma-{str(sigma).replace('.', '-')}-mm-3D"
