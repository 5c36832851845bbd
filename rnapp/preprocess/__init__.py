"""From a native T1CE to the SRI24 atlas: bias field, registration, skull stripping, normalisation."""
