"""The 3D ResNet-18 (He et al. 2016; Hara et al. 2018; MONAI's), its inputs as channels, and its weights as a file."""

from typing import TYPE_CHECKING

import safetensors.torch
import torch

from rnapp.errors import WeightsError
from rnapp.models.resnet_ensemble import ResnetConfig
from rnapp.models.tensors import read_tensors

if TYPE_CHECKING:
    from monai.networks.nets import ResNet

CLASSES = 2  # logits: of the question's first outcome, then of its second
_COUNTER = "num_batches_tracked"  # counts steps of training; nothing is computed from it


def build_resnet(channels: int, width: float, stride: int) -> "ResNet":
    """A network with random weights: input (B, channels, side, side, side), output (B, 2), the logits of the first and
    of the second outcome. width: of all layers, 1 begins with 64 features; stride: of the first convolution.

    Raises WeightsError for dimensions that make no network.
    """
    config = ResnetConfig(channels, round(1000 * width), stride)
    # MONAI takes seconds to import, all of it at once; what needs no network does without.
    from monai.networks.nets import resnet18

    return resnet18(spatial_dims=3, n_input_channels=config.channels, num_classes=CLASSES, shortcut_type="B",
                    conv1_t_stride=config.stride, widen_factor=config.width_thousandths / 1000)


def resnet_bytes(network: "ResNet") -> bytes:
    """A safetensors file: half precision, but for the statistics of the normalisation, which would lose small ones."""
    state = {name: (tensor if ".running_" in name else tensor.half()).detach().cpu().contiguous()
             for name, tensor in network.state_dict().items() if not name.endswith(_COUNTER)}
    content: bytes = safetensors.torch.save(state)
    return content


def read_resnet(content: bytes, config: ResnetConfig, name: str) -> "ResNet":
    """The network in a file, in single precision and evaluation mode. name: of the file, for the sentence.

    Raises WeightsError where it is damaged or does not fit.
    """
    state = {key: tensor.float() for key, tensor in read_tensors(content, name).items()}
    misfit = WeightsError(f"The weights in {name!r} do not fit the dimensions on the bundle's card; export it again.")
    if sum(tensor.numel() for tensor in state.values()) < config.least_weights:  # before memory is taken for them
        raise misfit
    network = build_resnet(config.channels, config.width_thousandths / 1000, config.stride)
    own = {key: tensor for key, tensor in network.state_dict().items() if not key.endswith(_COUNTER)}
    if {key: tensor.shape for key, tensor in state.items()} != {key: tensor.shape for key, tensor in own.items()}:
        raise misfit
    if any(bool((tensor < 0).any()) for key, tensor in state.items() if key.endswith("running_var")):
        raise WeightsError(f"The file {name!r} holds variances below zero; export the bundle again.")
    network.load_state_dict(state | {key: torch.zeros((), dtype=torch.long) for key in network.state_dict()
                                     if key.endswith(_COUNTER)})
    return network.eval()
