"""Makes the demonstration bundle from nothing: python -m training.demo --out weights/bundles/demo [--seed 0]."""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from rnapp.config import weights_folder
from rnapp.io.atlas import read_atlas
from rnapp.models.card import CARD_FILE
from training.bundle import Description
from training.cohort import make_cohorts
from training.config import DEMONSTRATION, TINY, TrainingConfig
from training.model_card import model_card
from training.phantom import make_template
from training.run import Stopwatch, train_bundle

THREADS = 2
WORDS = Description(
    name="Demonstration (synthetic lesions)", version="1.0.0", demonstration=True, licence="CC-BY-SA-3.0",
    source="made by training/demo.py of rnapp from SRI24 (Rohlfing, Zahr, Sullivan and Pfefferbaum 2010)",
    trained_on="Synthetic lesions drawn by rnapp into the SRI24 atlas; no patient data. The answers mean nothing "
               "clinically.",
    training={})


def make_demo(out: Path, config: TrainingConfig) -> None:
    """Trains, measures and writes the bundle. out: the bundle's folder. Raises WeightsError without the atlas."""
    started = time.perf_counter()

    def report(text: str) -> None:
        print(f"[{time.perf_counter() - started:6.0f} s] {text}", file=sys.stderr, flush=True)

    watch = Stopwatch()
    with watch.stage("phantoms"):
        cohorts = make_cohorts(make_template(read_atlas(weights_folder())), config.cohort, config.seed)
        report("phantoms done")
    train_bundle(cohorts, config, out, WORDS, report, watch)
    card = json.loads((out / CARD_FILE).read_text(encoding="utf-8"))
    command = f"python -m training.demo --out weights/bundles/demo --seed {config.seed}"
    (out / "MODEL_CARD.md").write_text(model_card(card, command), encoding="utf-8", newline="\n")
    for name in ("out_of_fold", "held_out", "second_centre"):
        report(f"{name}: AUC {card['metrics'][f'{name}/multimodal/auc']:.3f}")


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m training.demo", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder of the bundle")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tiny", action="store_true", help="a few lesions and one epoch: only to try the chain")
    given = parser.parse_args(arguments)
    torch.set_num_threads(THREADS)
    make_demo(given.out, replace(TINY if given.tiny else DEMONSTRATION, seed=given.seed))


if __name__ == "__main__":
    main()
