"""What paired.py measures of one checkout, run by its own Python in its own folder: one_run.py EXAMPLE; JSON on stdout.

It runs with the commit before there were tasks, too. Imports and the loading of the networks are not counted.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rnapp import pipeline, types
from rnapp.config import default_settings


def main(example: Path) -> None:
    """The example once: prepared, followed onto itself as its own earlier scan, and its lesion read."""
    resources = pipeline.load_resources(default_settings())
    pipeline.warm_up(resources)
    prepare, find_lesions, analyse = steps(example, resources)
    seconds = {}
    start = time.perf_counter()
    prepared = prepare()
    seconds["preparation"] = time.perf_counter() - start
    start = time.perf_counter()
    pipeline.follow(types.Scan(0.0, prepared), types.Scan(1.0, prepared))
    seconds["follow"] = time.perf_counter() - start
    lesions = find_lesions(prepared)
    analyse(prepared, lesions)  # the networks are built for the first one
    start = time.perf_counter()
    answer = analyse(prepared, lesions)
    seconds["reading"] = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "probability": answer}))


def steps(example: Path, resources: Any) -> tuple[Callable[..., Any], ...]:
    """prepare() → prepared; find_lesions(prepared); analyse(prepared, lesions) → probability of the first lesion."""
    mask = pipeline.read_mask(example / "lesion_mask.nii.gz")
    clinical = json.loads((example / "clinical.json").read_text(encoding="utf-8"))
    if not hasattr(resources, "task"):
        return _steps_before_tasks(example, resources, mask, clinical)
    task = resources.task
    _, inputs = pipeline.read_inputs([example / "study"], task)
    form = pipeline.parse_clinical(task.question, clinical)
    return (lambda: pipeline.prepare(inputs, resources),
            lambda prepared: pipeline.find_lesions(prepared, mask, task),
            lambda prepared, lesions: pipeline.analyse(prepared, lesions, form, resources,
                                                       **_confirmed()).answers[0].prediction.probability)


def _confirmed() -> dict[str, Any]:
    """For programs that withhold a number until a reader has looked."""
    if not hasattr(types, "Confirmed"):
        return {}
    return {"confirmed": tuple(map(types.Confirmed, ("model_not_calibrated", "unlike_training")))}


def _steps_before_tasks(example: Path, resources: Any, mask: Any, clinical: Any) -> tuple[Callable[..., Any], ...]:
    _, _, volume = pipeline.read_scan([example / "study"])
    form = pipeline.parse_clinical(clinical)
    return (lambda: pipeline.prepare(volume, resources),
            lambda prepared: pipeline.find_lesions(prepared, mask),
            lambda prepared, lesions: pipeline.analyse(prepared, lesions, form, resources, "paired"
                                                       ).lesions[0].prediction.probability_rn)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
