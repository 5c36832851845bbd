"""What the demonstrations' cards say of themselves."""

from collections.abc import Mapping
from types import MappingProxyType

from rnapp.types import CardWords

_USE = ("To try, test and show rnapp without any patient's data.",
        "To learn what a calibrated number, its limits and its reasons look like.")
ABOUT: Mapping[str, CardWords] = MappingProxyType({
    "metastasis": CardWords(
        _USE,
        ("Any patient: it has seen nothing but drawn lesions in one atlas brain.",
         "Anything but a metastasis after radiosurgery on a T1 after contrast.",
         "An outline that holds more than one lesion, or a neighbour inside the 64 mm cube."),
        ("Other scanners than the ones it was trained with: see the second centre's figures.",
         "Among 22 held-out lesions of its cohort it ranked no better than chance; among fresh ones it does.",
         "A number about a real lesion means nothing, also where that lesion is not found to be unlike its own.")),
    "rice": CardWords(
        _USE,
        ("Any patient: it has seen nothing but drawn glioblastomas in one atlas brain, with a drawn dose.",
         "Anything but new enhancement after surgery and radiotherapy of a glioblastoma.",
         "Inputs that were registered badly: in its training every input lay exactly on the others."),
        ("Its voxels are 7 mm: what is smaller than that it cannot see.",
         "Three numbers of the plan (target volume, highest dose, technique) tell as much as its networks.",
         "It hardly notices exchanged scans or a dose on the wrong side: see what is found unlike."))})
