"""The peer's stages, run by the peer's own Python: peer.py SCAN ATLAS_HEAD FOLDER; JSON on stdout.

BrainLes preprocessing: its N4 (SimpleITK), its rigid ANTs registration, HD-BET's original code in fast mode on the CPU.
Never imported by rnapp or its tests.
"""

import contextlib
import json
import resource
import sys
import time
from pathlib import Path


def main(scan: str, atlas: str, folder: Path) -> None:
    """One preparation. Importing is not counted, as it is not for rnapp."""
    from brainles_preprocessing.brain_extraction.hd_bet import HDBetExtractor
    from brainles_preprocessing.n4_bias_correction.sitk.sitk_n4_bias_corrector import SitkN4BiasCorrector
    from brainles_preprocessing.registration.ANTs.ANTs import ANTsRegistrator

    corrected, registered = folder / "n4.nii.gz", folder / "registered.nii.gz"
    stages = {
        "bias field": lambda: SitkN4BiasCorrector().correct(scan, corrected),
        "registration": lambda: ANTsRegistrator().register(atlas, corrected, registered, folder / "matrix",
                                                           folder / "log.txt"),
        "brain mask": lambda: HDBetExtractor().extract(registered, folder / "brain.nii.gz", folder / "mask.nii.gz",
                                                       mode="fast", device="cpu", do_tta=False),
    }
    seconds = {}
    with contextlib.redirect_stdout(sys.stderr):
        for name, stage in stages.items():
            start = time.perf_counter()
            stage()
            seconds[name] = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # GB, on Linux
    print(json.dumps({"seconds": seconds, "peak_gb": peak}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
