"""A case of an older schema as one of the present schema: documents in, documents out, no values of the app."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from rnapp.errors import CaseError
from rnapp.store.case_file import Upgrades
from rnapp.store.codec import Document

Fields = dict[str, Any]
ROLE = "t1ce"  # schema 1 knew one scan and one question
QUESTION = "metastasis"
SRI24 = "SRI24"
_NO_GRID = [0, 0, 0]  # schema 1 did not keep the series of an earlier scan


def nested(document: Document) -> Document:
    """Schema 1 (one flat KeptCase, lesions with masks and crops) → schema 2 (study ▸ preparation ▸ outline ▸ reading).

    Raises CaseError for a document that is none of schema 1.
    """
    try:
        return _Upgrade(document).whole()
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise CaseError("Expected a case that an older rnapp kept, but a part of it is missing; the file was "
                        "altered.") from error


def unjudged(document: Document) -> Document:
    """Schema 2 → schema 3, in which an answer is judged and may be without a number: one of before says neither."""
    return document


UPGRADES: Upgrades = MappingProxyType({1: nested, 2: unjudged})


class _Upgrade:
    """The tables of one document; every old record is made into a new one where it is met, once."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._records: list[Any] = document["records"]
        self._made: dict[int, Any] = {}

    def whole(self) -> Document:
        """The upgraded document."""
        old = self._fields(self._document["content"])
        series = self._series(old["series"])
        uid = self._fields(series)["uid"]
        prepared = self._prepared(old["prepared"], series)
        study = self._new("Study", pseudonym=self._fields(old["form"])["pseudonym"], series=[series],
                          cautions=self._cautions(old["study_warnings"]))
        preparation = self._new(
            "Preparation", prepared=prepared, chosen={ROLE: uid}, quality_png=old["quality_png"],
            accepted=old["accepted"], outline=self._outline(old),
            earlier=[self._earlier(one) for one in old["earlier"]])
        case = self._new("Case", study=study, chosen={ROLE: uid}, form=self._form(old["form"]),
                         timeline=self._new("Timeline", **_taken(old, "present_day", "all_drawn", "treatments")),
                         former=self._new("Former", informed=old["informed"], opinions=old["former_opinions"]),
                         preparation=preparation)
        content = self._new("KeptCase", question=QUESTION, case=case, reader_first=old["reader_first"],
                            shown_answer=old["shown_lesion"])
        return {"content": content, "records": self._records, "arrays": self._document["arrays"]}

    def _fields(self, node: Any) -> Fields:
        found: Fields = self._records[node["record"]]["fields"]
        return found

    def _new(self, kind: str, /, **fields: Any) -> Any:
        self._records.append({"kind": kind, "fields": fields})
        return {"record": len(self._records) - 1}

    def _once(self, node: Any, make: Callable[[Fields], Any]) -> Any:
        """None stays None; the same old record is the same new one."""
        if node is None:
            return None
        place = node["record"]
        if place not in self._made:
            self._made[place] = make(self._fields(node))
        return self._made[place]

    def _cautions(self, sentences: list[str]) -> list[Any]:
        return [self._new("Caution", code="kept_warning", level="note", sentence=one) for one in sentences]

    def _series(self, node: Any) -> Any:
        return self._once(node, lambda old: self._new(
            "Series", **_without(old, "warnings", "contrast_agent"), cautions=self._cautions(old.get("warnings", []))))

    def _in_atlas(self, *nodes: Any) -> None:
        """Schema 1 did not name the frame of reference."""
        for node in nodes:
            if node is not None:
                self._fields(node)["frame_of_reference"] = SRI24

    def _prepared(self, node: Any, series: Any) -> Any:
        def make(old: Fields) -> Any:
            self._in_atlas(old["head"], old["t1ce"], old["brain_mask"])
            channel = self._new("Channel", series=series, native=old["native"], bias=None, to_atlas=old["to_atlas"],
                                head=old["head"], image=old["t1ce"])
            return self._new("Prepared", channels={ROLE: channel}, cautions=self._cautions(old.get("warnings", [])),
                             **_taken(old, "brain_mask", "quality", "timings_s", "mask_source"))

        return self._once(node, make)

    def _lesions(self, node: Any) -> Any:
        def make(old: Fields) -> Any:
            self._in_atlas(old["atlas"])
            each = [self._fields(one) for one in old["lesions"]]
            names = {str(one["number"]): one["name"] for one in each if one.get("name")}
            return self._new("LesionSet", lesions=[self._lesion(one) for one in old["lesions"]], atlas=old["atlas"],
                             native=old["native"], names=names, cautions=self._cautions(old.get("warnings", [])))

        return self._once(node, make)

    def _lesion(self, node: Any) -> Any:
        return self._once(node, lambda old: self._new(
            "Lesion", **_without(old, "mask", "crop", "name", "warnings"),
            cautions=self._cautions(old.get("warnings", []))))

    def _outline(self, old: Fields) -> Any:
        self._in_atlas(old["mask"], *(self._fields(one)["mask"] for one in old["taken"]))
        measured = old["lesions"] if old["lesions"] is not None else old["known"]
        return self._new("Outline", drawing=old["mask"], measured=self._lesions(measured),
                         current=old["lesions"] is not None, given=self._lesions(old["given"]), taken=old["taken"],
                         opinions=old["opinions"], reading=self._reading(old["reading"], old["lesions"]),
                         revealed=old["revealed"])

    def _reading(self, node: Any, lesions: Any) -> Any:
        def make(old: Fields) -> Any:
            known = {self._fields(one)["number"]: self._fields(one).get("warnings", [])
                     for one in (self._fields(lesions)["lesions"] if lesions is not None else [])}
            return self._new("Reading", question=QUESTION, clinical=self._fields(old["clinical"]),
                             answers=[self._answer(one, known) for one in old["lesions"]],
                             **_taken(old, "model", "created", "timings_s", "software"))

        return self._once(node, make)

    def _answer(self, node: Any, known: Mapping[int, list[str]]) -> Any:
        """known: lesion number → what was said of the lesion before it was read."""
        old = self._fields(node)
        lesion, prediction = self._fields(old["lesion"]), self._fields(old["prediction"])
        said = [one for one in lesion.get("warnings", []) if one not in known.get(lesion["number"], [])]
        self._in_atlas(old["attention"])
        return self._new("Answer", lesion=lesion["number"], cautions=self._cautions(said),
                         prediction=self._new("Prediction", probability=prediction["probability_rn"],
                                              **_taken(prediction, "folds", "imaging_folds")),
                         **_taken(old, "contributions", "baseline_log_odds", "attention", "what_if"))

    def _form(self, node: Any) -> Any:
        old = self._fields(node)
        return self._new("Form", pseudonym=old["pseudonym"], values=_without(old, "pseudonym"))

    def _earlier(self, node: Any) -> Any:
        old = self._fields(node)
        scan, followed = self._fields(old["scan"]), self._fields(old["followed"])
        series = self._new("Series", uid="", description=old["description"], modality="", kind="T1CE", files=[],
                           shape=_NO_GRID, spacing=_NO_GRID, frame_of_reference=old["frame_of_reference"])
        quality = self._new("MatchQuality", **self._fields(followed["quality"]))
        self._in_atlas(followed["head"], followed["difference"], followed["covered"])
        return self._new(
            "Earlier", **_without(old, "scan", "followed", "waiting"),
            scan=self._new("Scan", **_without(scan, "prepared", "lesion_set"),
                           prepared=self._prepared(scan["prepared"], series),
                           lesion_set=self._lesions(scan["lesion_set"])),
            followed=self._new("Followed", **_without(followed, "quality"), quality=quality))


def _taken(fields: Fields, *names: str) -> Fields:
    """Those of these fields that there are; the others take their defaults."""
    return {name: fields[name] for name in names if name in fields}


def _without(fields: Fields, *names: str) -> Fields:
    return {name: value for name, value in fields.items() if name not in names}
