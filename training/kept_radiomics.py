"""Radiomics of crops, computed once: before the networks, nothing takes longer."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from rnapp.files import replacing
from rnapp.models import radiomics
from rnapp.models.radiomics_settings import settings_sha256
from rnapp.models.radiomics_wanted import filtered, measured, of_the_scan
from rnapp.tasks.metastasis.crop import Crop


class KeptRadiomics:
    """rnapp.models.radiomics.extract, with what it found kept in a file by the content of the crop and of the settings;
    None keeps nothing. filters: False leaves out the features of filtered scans."""

    def __init__(self, file: Path | None = None, filters: bool = True) -> None:
        self._file, self._filters = file, filters
        self._found: dict[str, Mapping[str, float]] = (
            json.loads(file.read_text(encoding="utf-8")) if file is not None and file.is_file() else {})
        self._new = 0

    def of(self, crop: Crop) -> Mapping[str, float]:
        """The features of a crop. Raises MaskError for a lesion that is too small."""
        key = _key(crop) if self._filters else f"scan-{_key(crop)}"
        if key not in self._found:
            self._found[key] = radiomics.extract(crop.t1ce, crop.mask) if self._filters else _of_the_scan(crop)
            self._new += 1
        return self._found[key]

    def keep(self) -> None:
        """Write what is new."""
        if self._file is not None and self._new:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with replacing(self._file) as unfinished:
                unfinished.write_text(json.dumps(self._found), encoding="utf-8")
            self._new = 0


def _of_the_scan(crop: Crop) -> Mapping[str, float]:
    return measured(filtered(crop.t1ce, of_the_scan()), crop.mask)


def _key(crop: Crop) -> str:
    parts = (settings_sha256().encode(), crop.t1ce.array.tobytes(), crop.mask.array.tobytes(),
             crop.t1ce.affine.tobytes())
    return hashlib.sha256(b"|".join(parts)).hexdigest()[:24]
