"""A card's own numbers as tables for the docs: python -m training.calibration.tables BUNDLE [BUNDLE …]."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rnapp.models.card import CARD_FILE
from rnapp.models.trust_card import COMBINATIONS, ENTRY, NOVELTY

HEADING = "## How far its numbers can be trusted"
COHORTS = {"fresh_first": "First centre, fresh", "fresh_second": "Second centre, fresh", "out_of_fold": "Out of fold",
           "test": "Fresh patients"}
_SYNTHETIC = ("**Measured on synthetic cases**, drawn with seeds that no training, no choice and no other figure used. "
              "It says nothing about patients.")
_MEASURES = (("AUC", "auc"), ("Brier score", "brier"), ("Calibration error (ECE, ten bins of equally many)", "ece"),
             ("Calibration slope", "slope"), ("Calibration intercept", "intercept"))


def trust_section(card: Mapping[str, Any]) -> str:
    """Of a card of schema 2 with the entry "trust", already parsed."""
    entry = card[ENTRY]
    parts = [HEADING, *([_SYNTHETIC] if entry["synthetic"] else []), _fitted(entry), _measured(entry), _covered(entry),
             _reliability(entry), *_unlike(entry)]
    for name, one in entry.get(COMBINATIONS, {}).items():
        parts += [f"### {name.replace('+', ' + ')} alone", _fitted(one), _measured(one), _covered(one)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _fitted(entry: Mapping[str, Any]) -> str:
    low, high = entry["limits"]
    return (f"Calibrated on {entry['cases']} cases ({entry['prior']:.1%} of the first outcome): log-odds × "
            f"{entry['slope']:.3f} {entry['intercept']:+.3f}. Up to {low:.1%} the second outcome is named, from "
            f"{high:.1%} on the first, in between neither (split-conformal, one threshold for each outcome, "
            f"{entry['level']:.0%}).").replace("%", " %")


def _measured(entry: Mapping[str, Any]) -> str:
    """Before and after calibration, a column for each cohort."""
    cohorts = entry["cohorts"]
    if not cohorts:
        return ""
    rows = [["", *(f"{_named(name)} (n = {one['n']:.0f})" for name, one in cohorts.items())]]
    for words, name in _MEASURES:
        if name == "auc":
            rows.append([words, *(_interval(one, name) for one in cohorts.values())])
            continue
        rows.append([f"{words}, before", *(_interval(one, f"raw_{name}") for one in cohorts.values())])
        rows.append([f"{words}, after", *(_interval(one, name) for one in cohorts.values())])
    rows.append(["ECE that perfect numbers would have", *(f"{one['ece_perfect']:.3f}" for one in cohorts.values())])
    return _table(rows)


def _covered(entry: Mapping[str, Any]) -> str:
    cohorts = entry["cohorts"]
    if not cohorts:
        return ""
    words = {"coverage": "Named rightly or left open", "coverage_first": "… of the first outcome",
             "coverage_second": "… of the second outcome", "coverage_like": "… of those like the model's own"}
    rows = [["", *map(_named, cohorts)]]
    rows += [[title, *(_share(one, name) for one in cohorts.values())] for name, title in words.items()]
    rows.append(["Left open (indeterminate)", *(_percent(one["indeterminate"]) for one in cohorts.values())])
    rows.append(["Withheld as unlike", *(_percent(one["unlike"]) for one in cohorts.values())])
    return _table(rows)


def _reliability(entry: Mapping[str, Any]) -> str:
    curve = next(((name, one) for name, one in entry["reliability"].items()), None)
    if curve is None:
        return ""
    rows = [["Number given (mean)", "Share of the first outcome (95 %, Wilson)", "Cases"]]
    rows += [[_percent(one["mean"]), f"{_percent(one['share'])} ({_percent(one['low'])} to {_percent(one['high'])})",
              f"{one['count']}"] for one in curve[1]]
    return f"Reliability, {_named(curve[0]).lower()}:\n\n{_table(rows)}"


def _unlike(entry: Mapping[str, Any]) -> list[str]:
    """What is found to be unlike the model's own cases."""
    if not entry.get("unlike") or not entry[NOVELTY]:
        return []
    alarm = entry[NOVELTY][0]["false_alarm"]
    rows = [["Not what the model knows", "Found unlike (95 %, Wilson)", "n"]]
    rows += [[kind, f"{_percent(one['share'])} ({_percent(one['low'])} to {_percent(one['high'])})", f"{one['n']:.0f}"]
             for kind, one in entry["unlike"].items()]
    return [f"Unlike is what lies further away than {_percent(1 - alarm)} of held-out cases.", _table(rows)]


def _interval(one: Mapping[str, float], name: str) -> str:
    return f"{one[name]:.3f} ({one[f'{name}_low']:.3f} to {one[f'{name}_high']:.3f})"


def _share(one: Mapping[str, float], name: str) -> str:
    return f"{_percent(one[name])} ({_percent(one[f'{name}_low'])} to {_percent(one[f'{name}_high'])})"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _named(cohort: str) -> str:
    return COHORTS.get(cohort, cohort.replace("_", " "))


def _table(rows: Sequence[Sequence[str]]) -> str:
    head, *body = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([head, "|" + "---|" * len(rows[0]), *body])


def document(folders: Sequence[Path]) -> str:
    """The tables of some bundles, one after the other."""
    cards = [json.loads((folder / CARD_FILE).read_text(encoding="utf-8")) for folder in folders]
    return "\n".join(trust_section(card).replace(HEADING, f"## {card['name']}, version {card['version']}", 1)
                     for card in cards)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m training.calibration.tables", description=__doc__)
    parser.add_argument("bundles", type=Path, nargs="+")
    sys.stdout.write(document(parser.parse_args(arguments).bundles))
    return 0


if __name__ == "__main__":
    sys.exit(main())
