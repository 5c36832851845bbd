"""What is used from the zip files of a study, and what is reported of the rest: a bad member does not stop the good
ones."""

import zipfile
from types import MappingProxyType

from rnapp import limits
from rnapp.errors import StudyError
from rnapp.files import BLOCK
from rnapp.zips import USUAL_METHODS, Fault, Rules

DAMAGED_ZIP = ("Zip files that are damaged or not really zip files were left out; copy them again, or unpack them and "
               "choose the folder instead.")
DAMAGED_MEMBER = "Damaged files in zip files were left out; copy the zip file again."
WORDS = MappingProxyType({
    Fault.DAMAGED: DAMAGED_ZIP,
    Fault.TOO_MANY: "Zip files that list more than {limit} files were left out; choose the folder of the study "
                    "instead.",
    Fault.TOO_LARGE: "Zip files that hold more than can be unpacked here ({found}, but at most {limit}) were left out; "
                     "choose the folder of the study instead.",
    Fault.NO_TEXT: "Files in zip files whose names cannot be read as text were left out; unpack the zip file and "
                   "choose the folder instead.",
    Fault.NO_REGULAR: "Symbolic links, pipes and devices in zip files were left out; pack the files themselves.",
    Fault.ENCRYPTED: "Encrypted files in zip files were left out; unpack the zip file with its password and choose "
                     "the folder instead.",
    Fault.METHOD: "Files in zip files that are packed in a way that cannot be read here (Deflate64, perhaps) were left "
                  "out; unpack the zip file and choose the folder instead.",
    Fault.BOMB: "Files in zip files that unpack to more than a thousand times their packed size were left out; no scan "
                "does that, so copy the zip file again.",
    Fault.BROKEN: DAMAGED_MEMBER})
_METHODS = USUAL_METHODS | {zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
# The list of the members is read whole, and each takes 46 bytes and its name.
_LIST_BYTES_PER_FILE = 400
_ENTRIES_PER_FILE = 4  # with folders, hidden files, and what macOS adds


class ZipLeftOut(StudyError):
    """A zip file, or a member of it, that is left out; its text says why."""


def zip_rules(most_bytes: int) -> Rules:
    """most_bytes: of all members of a zip file, unpacked."""
    return Rules(ZipLeftOut, WORDS, max(BLOCK, limits.MAX_FILES * _LIST_BYTES_PER_FILE),
                 files=limits.MAX_FILES * _ENTRIES_PER_FILE, total=most_bytes, single=most_bytes, methods=_METHODS,
                 strict=False)
