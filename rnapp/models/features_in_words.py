"""What a feature of the models is called where a clinician reads it, and which part of the lesion it sees.

The exact name stays in Contribution.feature. docs/trust_explanations.md says how each filter got its group.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from rnapp.errors import WeightsError
from rnapp.models.stacker import VIT_COLUMN

Sees = Literal["whole crop", "shape", "intensity", "heterogeneity", "rim", "core"]


@dataclass(frozen=True)
class FeatureWords:
    """group: what the feature sees; plain: what it measures there, unique together with the group."""

    group: Sees
    plain: str

    @property
    def label(self) -> str:
        """Both, for a row of a picture or a table."""
        return self.plain if self.group == "whole crop" else f"{self.group.capitalize()}{self._joint}{self.plain}"

    @property
    def _joint(self) -> str:
        # "Rim, 2 mm structures: …" but "Shape: longest diameter".
        return ", " if ": " in self.plain else ": "


@dataclass(frozen=True)
class _Filter:
    """group: None where the class of the feature decides; where: what it brings out, "" for the scan itself; high, low:
    what its high and low values are (a dark spot is high in LoG)."""

    group: Sees | None
    where: str
    high: str
    low: str


IMAGE_NETWORKS = FeatureWords("whole crop", "Image networks")
_AXES = ("LR", "AP", "SI")  # of the crop's (i, j, k), which is how PyRadiomics orders the letters
# By sigma, mm: where the mean response of LoG comes from, at least twice as strong in the outer 3 mm of a lesion as
# deeper than 4 mm, or 1.5 times the other way, or neither. Wavelets respond to fine detail wherever it is.
_LOG_GROUPS: Mapping[str, Sees] = MappingProxyType({"1": "rim", "2": "rim", "3": "heterogeneity", "4": "core"})

_SHAPE = MappingProxyType({
    "Elongation": "width against length", "Flatness": "thickness against length", "LeastAxisLength": "thickness",
    "MajorAxisLength": "length", "MinorAxisLength": "width", "Maximum2DDiameterColumn": "widest, coronal",
    "Maximum2DDiameterRow": "widest, sagittal", "Maximum2DDiameterSlice": "widest, axial",
    "Maximum3DDiameter": "longest diameter", "MeshVolume": "volume", "VoxelVolume": "volume (by voxels)",
    "Sphericity": "roundness", "SurfaceArea": "surface", "SurfaceVolumeRatio": "surface for its volume"})

# What is measured, with {high} and {low} for bright and dark; the group is that of the scan itself.
_INTENSITY = MappingProxyType({
    "firstorder_10Percentile": "level of the lowest tenth", "firstorder_90Percentile": "level of the highest tenth",
    "firstorder_Energy": "sum of squares", "firstorder_TotalEnergy": "sum of squares by volume",
    "firstorder_Maximum": "highest value", "firstorder_Minimum": "lowest value", "firstorder_Mean": "mean",
    "firstorder_Median": "median", "firstorder_RootMeanSquared": "root mean square",
    "glcm_Autocorrelation": "level of neighbours (product)", "glcm_JointAverage": "level of neighbours (mean)",
    "glcm_SumAverage": "level of neighbours (sum)"})
_SPREAD = MappingProxyType({
    "firstorder_Entropy": "disorder of values", "firstorder_InterquartileRange": "spread of the middle half",
    "firstorder_Kurtosis": "share of extremes", "firstorder_MeanAbsoluteDeviation": "mean deviation",
    "firstorder_Range": "range", "firstorder_RobustMeanAbsoluteDeviation": "mean deviation (robust)",
    "firstorder_Skewness": "balance of {high} and {low}", "firstorder_Uniformity": "evenness of values",
    "firstorder_Variance": "variance",
    "glcm_ClusterProminence": "extremes of neighbours", "glcm_ClusterShade": "balance of neighbours",
    "glcm_ClusterTendency": "clustering of neighbours", "glcm_Contrast": "contrast of neighbours",
    "glcm_Correlation": "correlation of neighbours", "glcm_DifferenceAverage": "mean step between neighbours",
    "glcm_DifferenceEntropy": "disorder of steps", "glcm_DifferenceVariance": "variance of steps",
    "glcm_Id": "smoothness (Id)", "glcm_Idm": "smoothness (Idm)", "glcm_Idmn": "smoothness (Idmn)",
    "glcm_Idn": "smoothness (Idn)", "glcm_Imc1": "order of neighbours (Imc1)",
    "glcm_Imc2": "order of neighbours (Imc2)",
    "glcm_InverseVariance": "smoothness without equals", "glcm_JointEnergy": "repetition of pairs",
    "glcm_JointEntropy": "disorder of pairs", "glcm_MCC": "complexity of pairs",
    "glcm_MaximumProbability": "most frequent pair", "glcm_SumEntropy": "disorder of sums",
    "glcm_SumSquares": "variance of neighbours"})

# Runs, zones and dependences are named alike: one and many of them in words, PyRadiomics' names of one and of its size,
# and the words for small and large ones.
_COUNTED = MappingProxyType({
    "glrlm": ("stretch", "stretches", "Run", "RunLength", "short", "long"),
    "glszm": ("patch", "patches", "Zone", "SizeZone", "small", "large"),
    "gldm": ("area", "areas", "Dependence", "Dependence", "grainy", "even")})


def words_of(feature: str) -> FeatureWords:
    """Of a feature's exact name: the image networks' column, or a name as PyRadiomics gives it. Raises WeightsError for
    another one."""
    if feature == VIT_COLUMN:
        return IMAGE_NETWORKS
    image, _, rest = feature.partition("_")
    family, _, name = rest.partition("_")
    if family == "shape" and image == "original" and name in _SHAPE:
        return FeatureWords("shape", _SHAPE[name])
    filtered, measured = _filter(image), _measured(family, name)
    if filtered is None or measured is None:
        raise WeightsError(f"There are no words for the feature {feature!r}; use a bundle made for this version.")
    group, plain = measured
    said = plain.format(high=filtered.high, low=filtered.low)
    return FeatureWords(filtered.group or group, f"{filtered.where}: {said}" if filtered.where else said)


def _filter(image: str) -> _Filter | None:
    if image == "original":
        return _Filter(None, "", "bright", "dark")
    if match := re.fullmatch(r"log-sigma-([1-4])-0-mm-3D", image):
        return _Filter(_LOG_GROUPS[match[1]], f"{match[1]} mm spots", "dark", "bright")
    match = re.fullmatch(r"wavelet-([LH]{3})", image)
    if match is None:
        return None
    axes = "-".join(axis for letter, axis in zip(match[1], _AXES, strict=True) if letter == "H")
    if not axes:
        return _Filter(None, "smoothed", "bright", "dark")
    return _Filter("heterogeneity", f"{axes} detail", "high", "low")


def _measured(family: str, name: str) -> tuple[Sees, str] | None:
    """Group on the scan itself, and words."""
    key = f"{family}_{name}"
    if key in _INTENSITY:
        return "intensity", _INTENSITY[key]
    if key in _SPREAD:
        return "heterogeneity", _SPREAD[key]
    words = _counted(family, name) if family in _COUNTED else None
    return None if words is None else ("heterogeneity", words)


def _counted(family: str, name: str) -> str | None:
    thing, things, single, length, small, large = _COUNTED[family]
    level = {"High": "{high} ", "Low": "{low} ", None: ""}
    if match := re.fullmatch(r"(Small|Short|Large|Long)(?:Area|Run|Dependence)(?:(High|Low)GrayLevel)?Emphasis", name):
        return f"{small if match[1] in ('Small', 'Short') else large} {level[match[2]]}{things}"
    if match := re.fullmatch(rf"(High|Low)GrayLevel(?:{single})?Emphasis", name):
        return f"{level[match[1]]}{things}"
    return {
        f"{length}NonUniformity": f"unequal {things}", f"{length}NonUniformityNormalized": f"unequal {things} (share)",
        "GrayLevelNonUniformity": f"uneven {thing} levels",
        "GrayLevelNonUniformityNormalized": f"uneven {thing} levels (share)",
        "GrayLevelVariance": f"{thing} level variance", f"{single}Entropy": f"disorder of {things}",
        f"{single}Percentage": f"number of {things}", f"{single}Variance": f"variance of {things}",
    }.get(name)
