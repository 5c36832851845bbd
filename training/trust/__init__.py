"""How far a finished model can be trusted: calibration, limits, likeness, and what they are worth on fresh lesions."""
