"""Wall time per stage and peak memory of the command line: python -m tests.benchmarks.analyse STUDY [MASK[:LABELS]] …

Each argument is one study; a mask may follow after a comma, with its labels after a colon:
    python -m tests.benchmarks.analyse example/study,example/lesion_mask.nii.gz scan.nii.gz,mask.nii.gz:1+3
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def measure(argument: str) -> None:
    """One study in a process of its own; prints one Markdown row."""
    study, _, rest = argument.partition(",")
    mask, _, labels = rest.partition(":")
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "rnapp", "analyse", study, "--out", out]
        command += ["--mask", mask] if mask else []
        command += ["--labels", labels.replace("+", ",")] if labels else []
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        _, error = process.communicate()
        wall = time.perf_counter() - start
        if process.returncode:
            print(f"| {Path(study).name} | {error.strip().splitlines()[-1]} |")
            return
        result = json.loads((Path(out) / "result.json").read_text())
    stages = ", ".join(f"{name.lower()} {seconds:.1f}" for name, seconds in result["timings_s"].items())
    print(f"| {Path(study).name} | {wall:.1f} | {_peak_gb():.2f} | {stages} |", flush=True)


def _peak_gb() -> float:
    """Largest resident memory of any child so far, GB (so measure the smallest study first)."""
    import resource  # not on Windows

    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (1e6 if os.uname().sysname == "Linux" else 1e9)


if __name__ == "__main__":
    print("| study | wall s | peak GB | stages, s |\n|---|---|---|---|")
    for one in sys.argv[1:]:
        measure(one)
