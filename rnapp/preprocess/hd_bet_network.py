"""The network of HD-BET version 1 (Isensee et al. 2019, Methods): a 3D U-Net with residual context blocks.

Attribute names are those of the published state dicts. Instance normalisation uses the volume's own statistics:
the running ones stored in the weights were never used by the authors' inference.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

BASE_FILTERS = 21
INNER_SLOPE = 0.01
OUTER_SLOPE = 0.1
CLASSES = 2


def _conv(inputs: int, outputs: int, size: int = 3, stride: int = 1, bias: bool = True) -> nn.Conv3d:
    return nn.Conv3d(inputs, outputs, size, stride, size // 2, bias=bias)


def _norm(channels: int) -> nn.InstanceNorm3d:
    return nn.InstanceNorm3d(channels, affine=True)


def _act(x: Tensor, slope: float = INNER_SLOPE) -> Tensor:
    return functional.leaky_relu(x, slope, inplace=True)


class Context(nn.Module):
    """Pre-activated residual block; (B, C, D, H, W) in and out."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bn_1, self.conv1 = _norm(channels), _conv(channels, channels)
        self.bn_2, self.conv2 = _norm(channels), _conv(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        """x plus the output of two normalised convolutions."""
        inner: Tensor = self.conv1(_act(self.bn_1(x)))
        outer: Tensor = self.conv2(_act(self.bn_2(inner)))
        return x + outer


class Down(nn.Module):
    """Halves each side and doubles the channels; also returns the skip."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bn, self.downsample = _norm(channels), _conv(channels, 2 * channels, stride=2)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The activated input for the skip, and its downsampled version."""
        skip = _act(self.bn(x))
        halved: Tensor = self.downsample(skip)
        return skip, halved


class Up(nn.Module):
    """Doubles each side and halves the channels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.upsample_conv, self.bn = _conv(channels, channels // 2), _norm(channels // 2)

    def forward(self, x: Tensor) -> Tensor:
        """Trilinear upsampling with aligned corners, as in the original, then convolution."""
        larger = functional.interpolate(x, scale_factor=2, mode="trilinear", align_corners=True)
        return _act(self.bn(self.upsample_conv(larger)))


class Localise(nn.Module):
    """Merges the skip: channels in, half of them out."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1, self.bn_1 = _conv(channels, channels), _norm(channels)
        self.conv2, self.bn_2 = _conv(channels, channels // 2, size=1), _norm(channels // 2)

    def forward(self, x: Tensor) -> Tensor:
        """A 3³ and a 1³ convolution, both normalised."""
        return _act(self.bn_2(self.conv2(_act(self.bn_1(self.conv1(x))))))


class HDBET(nn.Module):
    """(B, 1, D, H, W), sides divisible by 16 → logits (B, 2, D, H, W), axes (z, y, x): background and brain."""

    def __init__(self) -> None:
        super().__init__()
        f = BASE_FILTERS
        self.init_conv = _conv(1, f)
        self.context1, self.down1 = Context(f), Down(f)
        self.context2, self.down2 = Context(2 * f), Down(2 * f)
        self.context3, self.down3 = Context(4 * f), Down(4 * f)
        self.context4, self.down4 = Context(8 * f), Down(8 * f)
        self.context5, self.bn_after_context5 = Context(16 * f), _norm(16 * f)
        self.up1, self.loc1 = Up(16 * f), Localise(16 * f)
        self.up2, self.loc2 = Up(8 * f), Localise(8 * f)
        self.up3, self.loc3 = Up(4 * f), Localise(4 * f)
        self.up4 = Up(2 * f)
        # Deep-supervision heads: trained and published, but not used in inference.
        self.loc2_seg, self.loc3_seg = _conv(4 * f, CLASSES, 1, bias=False), _conv(2 * f, CLASSES, 1, bias=False)
        self.end_conv_1, self.end_conv_1_bn = _conv(2 * f, 2 * f), _norm(2 * f)
        self.end_conv_2, self.end_conv_2_bn = _conv(2 * f, 2 * f), _norm(2 * f)
        self.seg_layer = _conv(2 * f, CLASSES, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Logits; the softmax is left to the caller."""
        skip1, x = self.down1(self.context1(self.init_conv(x)))
        skip2, x = self.down2(self.context2(x))
        skip3, x = self.down3(self.context3(x))
        skip4, x = self.down4(self.context4(x))
        x = self.up1(_act(self.bn_after_context5(self.context5(x)), OUTER_SLOPE))
        x = self.up2(self.loc1(torch.cat((skip4, x), dim=1)))
        x = self.up3(self.loc2(torch.cat((skip3, x), dim=1)))
        x = self.up4(self.loc3(torch.cat((skip2, x), dim=1)))
        x = _act(self.end_conv_1_bn(self.end_conv_1(torch.cat((skip1, x), dim=1))), OUTER_SLOPE)
        x = _act(self.end_conv_2_bn(self.end_conv_2(x)), OUTER_SLOPE)
        logits: Tensor = self.seg_layer(x)
        return logits
