"""The second door from the screens into the rest of the program (rnapp/ui/ports.py is the first): to the kept cases."""

from rnapp.store.case_file import Label
from rnapp.store.library import Entry, Library

__all__ = ["Entry", "Label", "Library"]
