"""Measures how far a bundle's numbers can be trusted, and writes that into a copy of it:
python -m training.trust BUNDLE --out BUNDLE2 [--calibration 1000] [--report 1000] [--strange 100]
[--reported 0] [--kept FOLDER].

Fresh synthetic cases, so for bundles that were trained on such; what a real cohort needs is done by training.deliver.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rnapp.errors import InputError
from rnapp.models.card import CARD_FILE
from training.calibration.card import raised, write_trust
from training.trust.run import Sizes, found_of


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. 2: there is no such bundle, or it cannot be measured like this."""
    parser = argparse.ArgumentParser(prog="python -m training.trust", description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--out", type=Path, required=True, help="a new folder, or the bundle's own")
    parser.add_argument("--kept", type=Path, help="what the bundle says of each case; a killed run goes on from there")
    for name, cases in (("calibration", Sizes.calibration), ("report", Sizes.report), ("strange", Sizes.strange)):
        parser.add_argument(f"--{name}", type=int, default=cases, help=f"fresh cases ({cases})")
    parser.add_argument("--reported", type=int, default=0, help="first cases of each cohort that were reported before")
    parser.add_argument("--version", help="of the bundle that is written; one minor version more if left out")
    given = parser.parse_args(arguments)
    kept = given.kept or given.out.with_name(f"{given.out.name}.kept")
    try:
        if given.out.exists() and given.out.resolve() != given.bundle.resolve():
            raise InputError(f"The folder {given.out.name!r} is there already; choose a new one.")
        sizes = Sizes(given.calibration, given.report, given.strange, given.reported)
        found = found_of(given.bundle, sizes, kept, print)
        old = json.loads((given.bundle / CARD_FILE).read_text(encoding="utf-8"))["version"]
        write_trust(given.bundle, given.out, found, given.version or raised(old))
    except InputError as error:
        print(f"training.trust: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
