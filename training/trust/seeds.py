"""The numbers that the trust figures are drawn with; nothing else is."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Use = Literal["choosing", "calibration", "report"]
# The first number of every seed. Trainings draw with small ones, training.fresh from 10,000 on, RICE-NET's presets were
# chosen from 1000 on.
SEEDS: Mapping[Use, int] = MappingProxyType({
    "choosing": 20_190_001, "calibration": 20_190_002, "report": 20_190_003})
