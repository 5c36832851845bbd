"""A calibration for a model, from cases with a known outcome: fitted, measured, and written into its bundle."""
