"""Where in the crop the image networks found what moved the answer, inside the brain."""

from rnapp.models.relevance import as_voxels, relevance, together
from rnapp.models.vit import to_input
from rnapp.models.weights import Bundle
from rnapp.tasks.metastasis.crop import Crop
from rnapp.types import CancelToken, Caution, Volume, note

OUTSIDE_NOTED = 0.1  # of the map: less is the blur of the network's patches at the edge of the brain


def attention(bundle: Bundle, crop: Crop, cancel: CancelToken) -> tuple[Volume, tuple[Caution, ...]]:
    """The networks' map (rnapp/models/relevance.py; float32, 0 to 1, on the crop's grid, 0 outside the brain), and what
    was removed from it, where that is much. Raises Cancelled."""
    inputs, found = to_input(crop.channels, bundle.config.side), []
    for vit in bundle.vits:
        cancel.check()
        found.append(relevance(vit, inputs))
    whole = as_voxels(together(found), bundle.config.side)
    inside = whole * (crop.t1ce.array != 0)  # preparation puts 0 outside the brain, and nowhere else
    total = float(whole.sum())
    outside = 1 - float(inside.sum()) / total if total > 0 else 0.0
    return crop.t1ce.with_array(inside), _removed(outside)


def _removed(share: float) -> tuple[Caution, ...]:
    if share < OUTSIDE_NOTED:
        return ()
    return (note("map_outside_brain", f"{share:.0%} of the image networks' map lay outside the brain; that part is not "
                                      "drawn.".replace("%", " %")),)
