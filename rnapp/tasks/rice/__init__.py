"""After radiotherapy of a glioblastoma: radiation-induced contrast enhancement or recurrence? (arXiv 2603.11827)"""

from rnapp.tasks.rice.task import RICE

__all__ = ["RICE"]
