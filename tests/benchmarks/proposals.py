"""How many lesions the classical proposer finds, and what else it proposes: python -m tests.benchmarks.proposals.

    python -m tests.benchmarks.proposals [--seeds 0 10] [--scans FOLDER [--insertions 2]] [--csv FILE]
    python -m tests.benchmarks.proposals --fit --scans FOLDER

Heads: whole synthetic ones (see proposal_heads), and, with --scans, the real ones of the shared data with their own
lesions and then with three synthetic lesions more, which is how real vessels, sinuses and dura are met. Seeds from
DEVELOPMENT on were used to choose the rules and to fit the weights, those below only for the figures in
docs/proposal.md; of the real heads, all were seen during development. With --fit the weights of rnapp.lesion.likeness
are fitted on the development heads and printed, with what they find in each real head when it is left out of the fit.

A lesion is found if a candidate has a Dice coefficient of FOUND with it. A candidate is false if it has not with any
lesion and lies mostly outside all.
"""

import argparse
import csv
import json
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np
from sklearn.linear_model import LogisticRegression

from rnapp import pipeline
from rnapp.config import default_settings
from rnapp.lesion import likeness
from rnapp.lesion.bright import bright_parts, look_at
from rnapp.lesion.propose import BrightnessProposer
from rnapp.preprocess.quality import dice
from rnapp.tasks.metastasis.task import METASTASIS
from rnapp.types import Array, Candidate, Volume
from tests.benchmarks.proposal_heads import KnownHead, synthetic_head, with_lesions
from tests.benchmarks.scans import prepare, read_scan
from tests.conftest import sphere

FOUND = 0.3
DEVELOPMENT, DEVELOPMENT_HEADS, DEVELOPMENT_INSERTIONS = 1000, 12, 3
INSERTED = 3
BANDS_ML = {"< 0.5 ml": (0.0, 0.5), "0.5 to 3 ml": (0.5, 3.0), "> 3 ml": (3.0, np.inf)}
# 90th percentile of a lesion, in standard deviations of white matter above white matter.
BANDS_CONTRAST = {"faint": (-np.inf, 4.0), "clear": (4.0, np.inf)}


@dataclass(frozen=True)
class Scan:
    """A real head.

    labels: of the mask, that make up the lesions; unsure: centre (SRI24, LPS mm) and radius, mm, of what may be a
    lesion that the mask lacks, seen by us, who are no radiologists; enhanced: after contrast agent.
    """

    image: str
    mask: str = ""
    labels: frozenset[int] | None = None
    unsure: tuple[tuple[float, float, float], float] | None = None
    enhanced: bool = True


SCANS = {
    "two lesions, 6.5 mm": Scan("t1ce_head_two_lesions/brain1_image.nrrd", "t1ce_head_two_lesions/brain1_label.nrrd"),
    "ring, stripped": Scan("t1ce_sri24_ring/t1c.nii.gz", "t1ce_sri24_ring/seg-BraTS23_1.nii.gz", frozenset({1, 3}),
                           ((170, -98, 68), 16)),
    "frontal glioma, 5.5 mm": Scan("t1ce_head_thick_slices/tcia_example_t1c.nii.gz", unsure=((80, -149, 85), 28)),
    "the same without contrast": Scan("t1ce_head_thick_slices/tcia_example_t1.nii.gz", unsure=((80, -149, 85), 28),
                                      enhanced=False),
    "MPRAGE without contrast": Scan("dicom_mprage", enhanced=False),
    "FLASH without contrast": Scan("dicom_orientation/HFS", enhanced=False),
}


@dataclass(frozen=True)
class Row:
    """One lesion of a head, or, with volume 0, the head itself.

    contrast: 90th percentile, standard deviations of white matter above it; rank: of the first candidate that finds it,
    else 0; dice: the best of any; false: candidates of the head that are no lesion; seconds: of one core.
    """

    head: str
    kind: str
    volume_ml: float
    contrast: float
    rank: int
    dice: float
    false: int
    seconds: float


def judge(name: str, kind: str, head: KnownHead) -> list[Row]:
    """What is proposed for a head, against what is known of it."""
    start = time.process_time()
    candidates = BrightnessProposer().propose(head.prepared)
    seconds = time.process_time() - start
    overlaps = np.array([[dice(one.mask.array, lesion.array) for lesion in head.lesions] for one in candidates])
    overlaps = overlaps.reshape(len(candidates), len(head.lesions))
    false = sum(_false(one, overlap, head) for one, overlap in zip(candidates, overlaps, strict=True))
    rows = [Row(name, kind, 0.0, 0.0, 0, 0.0, false, seconds)]
    scene = look_at(head.prepared)
    brain = tuple(slice(a, a + side) for a, side in zip(scene.start, scene.brain.shape, strict=True))
    for number, lesion in enumerate(head.lesions):
        found = np.flatnonzero(overlaps[:, number] >= FOUND)
        contrast = float(np.percentile(scene.level[lesion.array[brain]], 90))
        rows.append(Row(name, kind, float(lesion.array.sum()) / 1000, contrast, int(found[0]) + 1 if found.size else 0,
                        float(overlaps[:, number].max(initial=0)), false, seconds))
    return rows


def _false(candidate: Candidate, overlap: Array, head: KnownHead) -> bool:
    inside = np.logical_or.reduce([head.unsure, *(lesion.array for lesion in head.lesions)])[candidate.mask.array]
    return bool(overlap.max(initial=0) < FOUND and inside.mean() <= 0.5)


def real_heads(folder: Path, resources: pipeline.Resources) -> Iterator[tuple[str, Scan, KnownHead]]:
    """The real heads that are there, prepared."""
    for name, scan in SCANS.items():
        prepared = prepare(read_scan(folder / scan.image), resources)
        lesions: tuple[Volume, ...] = ()
        if scan.mask:
            drawn = pipeline.find_lesions(prepared, pipeline.read_mask(folder / scan.mask), METASTASIS, scan.labels)
            lesions = tuple(drawn.mask(one.number) for one in drawn.lesions)
        unsure = sphere(prepared.head, np.array(scan.unsure[0]), scan.unsure[1]).array if scan.unsure else np.zeros(
            prepared.head.shape, bool)
        yield name, scan, KnownHead(prepared, lesions, unsure)


def heads(given: argparse.Namespace, resources: pipeline.Resources) -> Iterator[tuple[str, str, KnownHead]]:
    """Name, kind and head of everything that was asked for."""
    for seed in range(*given.seeds):
        yield f"synthetic {seed}", "synthetic", synthetic_head(resources.atlas, seed)
    first = given.seeds[0]
    for name, scan, head in real_heads(given.scans, resources) if given.scans else ():
        yield name, "real" if scan.enhanced else "real, without contrast", head
        for seed in range(first, first + given.insertions) if scan.enhanced else ():
            more = with_lesions(head, seed, INSERTED)
            own = KnownHead(more.prepared, more.lesions[len(head.lesions):], np.logical_or.reduce(
                [head.unsure, *(lesion.array for lesion in head.lesions)]))
            yield f"{name} + {seed}", "synthetic in real", own


def measured(head: KnownHead) -> tuple[Array, Array]:
    """Measures, shape (N, M), of the head's parts, and the best Dice coefficient of each with a lesion, shape (N,)."""
    scene = look_at(head.prepared)
    brain = tuple(slice(a, a + side) for a, side in zip(scene.start, scene.brain.shape, strict=True))
    lesions = [lesion.array[brain] for lesion in head.lesions]
    sizes = [lesion.array.sum() for lesion in head.lesions]
    midline = (head.prepared.head.shape[0] - 1) / 2 - scene.start[0]
    rows, overlaps = [], []
    for part in bright_parts(scene):
        if head.unsure[brain][part.box][part.filled].mean() > 0.2:
            continue
        rows.append(list(likeness.measures(scene, part, midline).values()))
        overlaps.append(max((2 * (lesion[part.box] & part.filled).sum() / (size + part.filled.sum())
                             for lesion, size in zip(lesions, sizes, strict=True)), default=0.0))
    return np.array(rows), np.array(overlaps)


def fit(tables: list[tuple[Array, Array]]) -> tuple[float, dict[str, float]]:
    """Intercept and weights; each head counts the same."""
    values, overlap = (np.concatenate(parts) for parts in zip(*tables, strict=True))
    share = np.concatenate([np.full(len(rows), 100 / len(rows)) for rows, _ in tables])
    spread = values.std(axis=0)
    twice = np.concatenate([values, values]) / spread
    model = LogisticRegression(max_iter=5000).fit(
        twice, np.repeat([1, 0], len(values)), np.concatenate([overlap * share, (1 - overlap) * share]))
    return float(model.intercept_[0]), dict(zip(likeness.WEIGHTS, (model.coef_[0] / spread).tolist(), strict=True))


def fit_all(folder: Path, resources: pipeline.Resources) -> list[Row]:
    """Prints the weights; what they find in each real head when it, and it with insertions, is left out."""
    tables = {f"synthetic {seed}": [measured(synthetic_head(resources.atlas, seed))]
              for seed in range(DEVELOPMENT, DEVELOPMENT + DEVELOPMENT_HEADS)}
    known = {}
    for name, scan, head in real_heads(folder, resources):
        known[name] = head, scan
        seeds = range(DEVELOPMENT, DEVELOPMENT + DEVELOPMENT_INSERTIONS) if scan.enhanced else ()
        tables[name] = [measured(one) for one in (head, *(with_lesions(head, seed, INSERTED) for seed in seeds))]
    intercept, weights = fit([table for kept in tables.values() for table in kept])
    rounded = {name: round(weight, 2) for name, weight in weights.items()}
    print(f"INTERCEPT = {intercept:.2f}\nWEIGHTS = {json.dumps(rounded)}")
    rows = []
    for name, (head, scan) in known.items():
        same = {other for other, (_, one) in known.items() if one.image.split("/")[0] == scan.image.split("/")[0]}
        left = fit([table for other, kept in tables.items() if other not in same for table in kept])
        with using(*left):
            rows += judge(name, "real, left out of the fit" if scan.enhanced else "without contrast, left out", head)
    return rows


def using(intercept: float, weights: Mapping[str, float]) -> "patch._patch":
    """Propose with other weights."""
    return patch.multiple(likeness, INTERCEPT=intercept, WEIGHTS=weights)


def print_tables(rows: list[Row]) -> None:
    """Per head, then per kind of head."""
    print("\n| head | lesions, ml (rank, Dice) | false | s |\n|---|---|---|---|")
    for head in (row for row in rows if row.volume_ml == 0):
        lesions = [row for row in rows if row.head == head.head and row.volume_ml > 0]
        listed = "; ".join(f"{row.volume_ml:.2f} ({row.rank}, {row.dice:.2f})" if row.rank else
                           f"{row.volume_ml:.2f} (missed, contrast {row.contrast:.1f})" for row in lesions)
        print(f"| {head.head} | {listed or '–'} | {head.false} | {head.seconds:.1f} |")
    bands = " | ".join([*BANDS_ML, *BANDS_CONTRAST])
    print(f"\n| kind | heads | lesions | first | first 3 | first 5 | all | {bands} | median Dice | false per head | "
          "most s |\n|" + "---|" * 15)
    for kind in dict.fromkeys(row.kind for row in rows):
        print(_summary(kind, [row for row in rows if row.kind == kind]))


def _summary(kind: str, rows: list[Row]) -> str:
    whole, lesions = [row for row in rows if row.volume_ml == 0], [row for row in rows if row.volume_ml > 0]
    found = [row for row in lesions if row.rank]
    ranks = [_share([row for row in lesions if 0 < row.rank <= most], lesions) for most in (1, 3, 5, 99)]
    bands = [_share([row for row in found if low <= getattr(row, name) < high],
                    [row for row in lesions if low <= getattr(row, name) < high])
             for name, table in (("volume_ml", BANDS_ML), ("contrast", BANDS_CONTRAST)) for low, high in table.values()]
    dices = f"{np.median([row.dice for row in found]):.2f}" if found else "–"
    return (f"| {kind} | {len(whole)} | {len(lesions)} | {' | '.join(ranks)} | {' | '.join(bands)} | {dices} | "
            f"{np.mean([row.false for row in whole]):.1f} | {max(row.seconds for row in whole):.1f} |")


def _share(part: list[Row], whole: list[Row]) -> str:
    return f"{len(part)}/{len(whole)}" if whole else "–"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.proposals", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs=2, default=(0, 10), help="of synthetic heads: first, and one past")
    parser.add_argument("--scans", type=Path, help="folder with the public scans")
    parser.add_argument("--insertions", type=int, default=2, help="copies of each real head with synthetic lesions")
    parser.add_argument("--fit", action="store_true", help="fit the weights on the development heads")
    parser.add_argument("--csv", type=Path, help="every head and lesion as a row, added to what is there")
    given = parser.parse_args()
    resources = pipeline.load_resources(default_settings())
    if given.fit and not given.scans:
        parser.error("--fit needs --scans: the real heads are part of the development heads")
    rows = fit_all(given.scans, resources) if given.fit else [
        row for head in heads(given, resources) for row in judge(*head)]
    print_tables(rows)
    if given.csv:
        write(rows, given.csv)


def write(rows: list[Row], path: Path) -> None:
    """Adds the rows."""
    fresh = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, list(Row.__dataclass_fields__), lineterminator="\n")
        if fresh:
            writer.writeheader()
        writer.writerows({name: f"{value:.3f}" if isinstance(value, float) else value
                          for name, value in asdict(row).items()} for row in rows)


if __name__ == "__main__":
    sys.exit(main())
