"""The pictures of a report, made elsewhere."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ReportPictures:
    """PNG bytes. lesions, attention, waterfalls: one per answer, in the order of the reading; None where there is
    nothing to show. dose: isodoses on slices; curves: dose-volume curves; occlusion: what hiding did, all inputs
    first."""

    quality: bytes
    lesions: tuple[bytes | None, ...]
    attention: tuple[bytes | None, ...]
    waterfalls: tuple[bytes | None, ...]
    dose: tuple[bytes, ...] = ()
    curves: bytes | None = None
    occlusion: tuple[bytes, ...] = ()
