"""python -m tests.fuzz [--mutants 10000] [--seed 1] [--keep FOLDER]: how many mutants were read, refused, or worse."""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

from tests.fuzz.run import GOOD, fuzz, reader


def main() -> int:
    """1 if anything crashed, hung or ended in a traceback."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--mutants", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for the mutants that were neither read nor refused")
    options = parser.parse_args()
    start = time.monotonic()
    with reader() as running:
        tally, bad = fuzz(running, options.mutants, options.seed, keep_on=True)
        names = {kind: seed.name for kind, seed in running.known.items()}
    for kind in sorted(tally):
        print(f"{tally[kind]:7d}  {kind}")
    ends = Counter(said.strip().splitlines()[-1] for _, said in bad)
    for words, count in ends.most_common():
        print(f"{count:7d}  {words}")
    print(f"{sum(tally[good] for good in GOOD)} read or refused, {len(bad)} not, {time.monotonic() - start:.0f} s, "
          f"seed {options.seed}")
    for number, (mutant, said) in enumerate(bad if options.keep else []):
        folder = options.keep / f"{number:04d}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / names[mutant.kind]).write_bytes(mutant.data)
        (folder / "said.txt").write_text(said, encoding="utf-8")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
