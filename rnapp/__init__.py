"""rnapp: radiation necrosis or tumour progression after radiosurgery of a brain metastasis.

Research software, not a medical device.
"""

__version__ = "0.1.0"
