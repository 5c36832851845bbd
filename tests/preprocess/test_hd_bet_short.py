"""HD-BET's networks in half the space: what is kept, what is lost, and what is refused."""

import hashlib

import pytest
import torch

from rnapp.errors import WeightsError
from rnapp.preprocess import skull_strip
from rnapp.preprocess.hd_bet_short import restored, shortened
from rnapp.preprocess.skull_strip import SHORT_SHA256, is_short, load_model, source


@pytest.fixture
def state() -> dict[str, torch.Tensor]:
    """Weights over many orders of magnitude, as training leaves them."""
    chance = torch.Generator().manual_seed(7)
    spread = 10.0 ** (torch.rand((40, 30), generator=chance) * 6 - 6)
    return {"conv.weight": torch.randn((40, 30), generator=chance) * spread, "conv.bias": torch.zeros(40),
            "norm.weight": torch.tensor([14.3, -0.002])}


def test_every_weight_keeps_eleven_bits_unless_it_is_negligible(state: dict[str, torch.Tensor]) -> None:
    back = restored(shortened(state))
    assert set(back) == set(state)
    for name, tensor in state.items():
        assert back[name].dtype == torch.float32
        error = (back[name] - tensor).abs()
        assert bool((error <= tensor.abs() * 2.0**-11 + tensor.abs().max() * 2.0**-39).all()), name
    plain = state["conv.weight"].half().float()
    assert bool(((plain - state["conv.weight"]).abs() > state["conv.weight"].abs() * 2.0**-10).any()), (
        "without its scale float16 would lose more")


def test_the_same_weights_give_the_same_bytes(state: dict[str, torch.Tensor]) -> None:
    assert shortened(state) == shortened(state)
    state["norm.weight"][0] *= 2
    changed = shortened(state)
    state["norm.weight"][0] /= 2
    assert changed != shortened(state)


@pytest.mark.parametrize("content", [b"", b"\0" * 20, b"no safetensors file at all"])
def test_another_file_is_refused(content: bytes) -> None:
    with pytest.raises(WeightsError, match="cannot be read"):
        restored(content)


def test_a_file_without_scales_is_refused(state: dict[str, torch.Tensor]) -> None:
    import safetensors.torch

    with pytest.raises(WeightsError, match="cannot be read"):
        restored(safetensors.torch.save(state))


def test_the_installed_copy_is_used_only_if_it_is_the_known_one(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("RNAPP_WEIGHTS", str(tmp_path))
    (tmp_path / "hd_bet").mkdir()
    published = load_model(1)
    assert not is_short(1)
    content = shortened(published.state_dict())
    assert hashlib.sha256(content).hexdigest() == SHORT_SHA256[1]
    key = source(1).key
    copy = tmp_path / "hd_bet" / "1.safetensors"
    copy.write_bytes(content)
    assert is_short(1)
    assert source(1).key != key, "what was converted from the one is not taken for the other"
    short = load_model(1).state_dict()
    assert all(torch.allclose(short[name], tensor, rtol=2.0**-10) for name, tensor in published.state_dict().items())
    copy.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(WeightsError, match="altered"):
        load_model(1)
    assert not skull_strip.is_short(0)
