"""stage.py FOLDER: HD-BET's networks as the installer carries them, and the icon in this system's formats."""

import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from PIL import Image

from rnapp.preprocess.hd_bet_short import shortened
from rnapp.preprocess.skull_strip import MODELS, SHORT_SUFFIX, load_model, package_file


def main(folder: Path) -> None:
    """The first network as published, because most masks are made with it alone; the others in half the space."""
    networks = folder / "hd_bet"
    networks.mkdir()
    shutil.copyfile(package_file(0), networks / "0.model")
    for number in range(1, MODELS["accurate"]):
        (networks / f"{number}{SHORT_SUFFIX}").write_bytes(shortened(load_model(number).state_dict()))
    icon = Image.open(Path(__file__).with_name("icon.png"))
    for suffix in ("png", "ico", "icns"):
        icon.save(folder / f"rnapp.{suffix}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
