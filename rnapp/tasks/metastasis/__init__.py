"""After radiosurgery of a brain metastasis: radiation necrosis or tumour progression? (Gomaa et al. 2025)"""

from rnapp.tasks.metastasis.task import METASTASIS

__all__ = ["METASTASIS"]
