"""Pictures of a training run."""

from pathlib import Path

from matplotlib.figure import Figure
from torch import Tensor

from rnapp.files import replacing

RANGE = (-2.0, 4.0)  # z-scores


def save_restoration(clean: Tensor, corrupted: Tensor, restored: Tensor, path: Path) -> None:
    """PNG of the middle slice of each crop, shape (N, 64, 64, 64) each: as it was, as it was shown, as restored."""
    figure = Figure(figsize=(6, 2 * len(clean) + 0.4), layout="constrained")
    rows = figure.subplots(len(clean), 3, squeeze=False)
    for axes, crops in zip(rows, zip(clean, corrupted, restored, strict=True), strict=True):
        for place, crop, title in zip(axes, crops, ("target", "shown", "restored"), strict=True):
            place.imshow(crop[:, :, crop.shape[2] // 2].numpy().T, cmap="gray", vmin=RANGE[0], vmax=RANGE[1])
            place.set_title(title, fontsize=8)
            place.axis("off")
    with replacing(path) as unfinished:
        figure.savefig(unfinished, dpi=80, format="png")
