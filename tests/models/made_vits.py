"""Small Vision Transformers made by hand, of which it is known what they read."""

import torch

from rnapp.models.vit import build_vit
from rnapp.models.vit_config import VitConfig

CONFIG = VitConfig(side=32, channels=1, patch=8, hidden=12, layers=1, heads=1, mlp=4)
BRIGHTNESS, FOR_FIRST, OTHER, CLASS, FOR_SECOND = range(5)  # what the first numbers of a token mean


def reading(for_first, for_second, head=1.0):
    """A network whose class token looks at two places (i, j, k) of 4 along each axis, alike: what is bright at either
    moves it to the first outcome, and by itself one place speaks for the first outcome, the other for the second.
    head: weight of the answer; 0 makes a network that always says the same."""
    vit = build_vit(CONFIG)
    with torch.no_grad():
        for parameter in vit.parameters():
            parameter.zero_()
        for norm in (vit.norm, vit.blocks[0].norm1, vit.blocks[0].norm2):
            norm.weight.fill_(1.0)
        vit.patch_embedding.patch_embeddings.weight[BRIGHTNESS] = 1 / 8**3
        vit.cls_token[..., [CLASS, OTHER]] = 5.0
        places = vit.patch_embedding.position_embeddings[0].view(4, 4, 4, 12)
        places[..., OTHER] = 5.0
        for place, kind in ((for_first, FOR_FIRST), (for_second, FOR_SECOND)):
            places[place] = 0.0
            places[(*place, kind)] = 5.0
        query, key, value = vit.blocks[0].attn.qkv.weight.view(3, 12, 12)
        query[0, CLASS], key[0, OTHER] = 2.0, -2.0
        value[0, FOR_FIRST], value[0, FOR_SECOND], value[0, BRIGHTNESS] = 1.0, -1.0, 3.0
        vit.blocks[0].attn.out_proj.weight[0, 0] = 1.0
        vit.classification_head.weight[0, 0] = head
    return vit.eval()


def lit(place, brightness):
    """A crop, shape (1, 1, 32, 32, 32), of this brightness at one place and 0 elsewhere."""
    i, j, k = (8 * at for at in place)
    crop = torch.zeros(1, 1, 32, 32, 32)
    crop[0, 0, i:i + 8, j:j + 8, k:k + 8] = brightness
    return crop
