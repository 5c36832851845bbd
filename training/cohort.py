"""Synthetic cohorts: patients with lesions, outcomes and clinical data with the margins of the paper's Table 1."""

import multiprocessing
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from rnapp.phantom.lesion import LesionKind
from rnapp.tasks.metastasis.crop import Crop
from rnapp.types import Clinical, ClinicalValue, FloatArray
from training.config import CohortConfig
from training.synthetic_crops import FIRST_CENTRE, SECOND_CENTRE, Scanner, Template, make_crop

UNKNOWN_SHARE = 0.08  # of each clinical value, so that the stacker meets missing values
MOST_WORKERS = 16  # each holds the atlas and the libraries, about 0.8 GB
WORTH_A_POOL = 60  # crops; starting workers takes as long as a few of them
# Lesions per patient: 109 lesions of 75 patients in the paper.
LESIONS_PER_PATIENT = (0.65, 0.25, 0.10)


@dataclass(frozen=True)
class Margins:
    """Share of each primary tumour and, by outcome (progression, necrosis), of men, of WBRT, of immunotherapy.

    The shares over both outcomes follow Table 1 of Gomaa et al. 2025; how they differ between the outcomes is our own,
    mild choice (immunotherapy and a later time favour necrosis). months: median by outcome.
    """

    tumours: dict[str, float]
    male: tuple[float, float]
    wbrt: tuple[float, float]
    immunotherapy: tuple[float, float]
    months: tuple[float, float]


FIRST_MARGINS = Margins(
    {"nsclc": 0.495, "breast": 0.330, "melanoma": 0.073, "sclc": 0.064, "ovary": 0.019, "other": 0.019},
    male=(0.35, 0.40), wbrt=(0.55, 0.39), immunotherapy=(0.15, 0.35), months=(8.0, 11.5))
SECOND_MARGINS = Margins(
    {"nsclc": 0.107, "breast": 0.179, "melanoma": 0.535, "sclc": 0.0, "ovary": 0.0, "other": 0.179},
    male=(0.63, 0.66), wbrt=(0.20, 0.14), immunotherapy=(0.30, 0.50), months=(8.0, 11.0))


@dataclass(frozen=True, eq=False)
class Case:
    """One labelled lesion. necrosis: 1 for radiation necrosis, 0 for progression; patient: identifier."""

    crop: Crop
    clinical: Clinical
    necrosis: int
    patient: str


@dataclass(frozen=True)
class _Order:
    """A worker's task: a crop of this kind, by this scanner, from this seed."""

    necrosis: int
    scanner: Scanner
    seed: tuple[int, ...]


def make_unlabelled(template: Template, count: int, seed: int, first: int, most: int) -> list[Crop]:
    """The unlabelled crops number first, first + 1, …, at most that many; a third of all count show necrosis.

    The same for the same seed on any number of cores, and in any portions.
    """
    third = count // 3
    mix = np.random.default_rng((seed, 0)).permutation([1] * third + [0] * (count - third))
    numbers = range(first, min(first + most, count))
    return _make_crops(template, [_Order(int(mix[n]), FIRST_CENTRE, (seed, 1, n)) for n in numbers])


def make_labelled(template: Template, config: CohortConfig, seed: int) -> tuple[tuple[Case, ...], tuple[Case, ...]]:
    """The labelled lesions of both centres; the same for the same seed on any number of cores."""
    first = [_Order(kind, FIRST_CENTRE, (seed, 2, n))
             for n, kind in enumerate([1] * config.necrosis + [0] * config.progression)]
    second = [_Order(kind, SECOND_CENTRE, (seed, 3, n)) for n, kind in
              enumerate([1] * config.second_centre_necrosis + [0] * config.second_centre_progression)]
    crops = _make_crops(template, first + second)
    return (_cases(first, crops[:len(first)], FIRST_MARGINS, "first"),
            _cases(second, crops[len(first):], SECOND_MARGINS, "second"))


def sample_clinical(necrosis: int, margins: Margins, rng: np.random.Generator) -> Clinical:
    """One patient's form, some values unknown."""
    immunotherapy = margins.immunotherapy[necrosis]
    rest = np.array([0.25, 0.30, 0.30, 0.15]) * (1 - immunotherapy)
    values: dict[str, ClinicalValue] = {
        "age": float(np.clip(np.rint(rng.normal(56.5, 10.5)), 27, 78)),
        "sex": "male" if rng.random() < margins.male[necrosis] else "female",
        "primary_tumour": str(rng.choice(list(margins.tumours), p=_shares(margins.tumours.values()))),
        "systemic_treatment": str(rng.choice(["none", "chemotherapy", "targeted", "combination", "immunotherapy"],
                                             p=_shares([*rest, immunotherapy]))),
        "months_since_radiosurgery": float(np.rint(10 * margins.months[necrosis] * np.exp(0.5 * rng.normal())) / 10),
        "wbrt_before": bool(rng.random() < margins.wbrt[necrosis]),
    }
    return {name: None if rng.random() < UNKNOWN_SHARE else value for name, value in values.items()}


def _make_crops(template: Template, orders: Sequence[_Order]) -> list[Crop]:
    make = partial(_make_crop, template)
    if len(orders) < WORTH_A_POOL:
        return [make(order) for order in orders]
    workers = min(MOST_WORKERS, os.cpu_count() or 1)
    # Not forked: a copy of a process whose numerical libraries have threads can wait forever on their locks.
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        return list(pool.map(make, orders, chunksize=max(1, len(orders) // (4 * workers))))


def _make_crop(template: Template, order: _Order) -> Crop:
    kind: LesionKind = "necrosis" if order.necrosis else "progression"
    return make_crop(template, kind, order.scanner, np.random.default_rng(order.seed))


def _cases(orders: Sequence[_Order], crops: Sequence[Crop], margins: Margins, centre: str) -> tuple[Case, ...]:
    """Shares the lesions of one outcome among patients; each patient has one form."""
    rng = np.random.default_rng((*orders[0].seed, 99))
    cases: list[Case] = []
    while len(cases) < len(orders):
        outcome = orders[len(cases)].necrosis
        form = sample_clinical(outcome, margins, rng)
        patient = f"{centre}-{len(cases):03d}"
        for _ in range(1 + int(rng.choice(3, p=LESIONS_PER_PATIENT))):
            if len(cases) < len(orders) and orders[len(cases)].necrosis == outcome:
                cases.append(Case(crops[len(cases)], form, outcome, patient))
    return tuple(cases)


def _shares(values: Iterable[float]) -> FloatArray:
    shares = np.array(list(values), dtype=float)
    return np.asarray(shares / shares.sum())
