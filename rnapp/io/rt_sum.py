"""Which dose files may be added up, what must be asked first, and their sum on one grid. Values only, no files.

A dose of a plan stands alone; doses of beams are added only where none of the plan's is missing; doses of several plans
where each is complete; a plan's dose and its beams' never, which would count the same dose twice. Outside the grid of
any of them the sum is unknown.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from rnapp.geometry import resample_known
from rnapp.io.rt_dose_file import EFFECTIVE, FRACTIONS, PARTS, WHOLE, DoseFile
from rnapp.io.rt_plan import Part, Plan
from rnapp.types import Caution, Volume, note

# Codes of what a person must state first: which dose is 100 %, how many fractions, whether these are all beams.
ASKS_RELATIVE, ASKS_FRACTIONS, ASKS_COMPLETE = "dose_relative", "dose_fractions", "dose_parts"
QUESTIONS = frozenset({ASKS_RELATIVE, ASKS_FRACTIONS, ASKS_COMPLETE})
_BOTH = ("A dose of the whole plan and doses of its beams cannot be added, because that would count the same dose "
         "twice; choose one of them.")
_MIXED = "Doses in different units or of different kinds cannot be added; export the dose of the whole plan in Gy."
_FRAMES = ("These doses are in different frames of reference, so they cannot be added; export the dose of the whole "
           "plan.")


def refusal(files: Sequence[DoseFile], plans: Mapping[str, Plan]) -> str | None:
    """Why these files, at least one, cannot be one dose; None where they can. plans: by their SOPInstanceUIDs."""
    alone = next((one.problem for one in files if one.problem), None)
    if alone or (len(files) == 1 and files[0].summation not in PARTS):
        return alone
    if len(files) > 1 and any(one.relative for one in files):
        return "Doses in per cent cannot be added; export the dose of the whole plan in Gy."
    if len({(one.units, one.kind or "PHYSICAL") for one in files}) > 1:
        return _MIXED
    if len({one.frame for one in files}) > 1:
        return _FRAMES
    groups = by_plan(files)
    if len(groups) > 1 and "" in groups:
        return "Doses that do not say which plan they belong to cannot be added to others; choose one of them."
    return next((found for uid, group in groups.items() if (found := _of_one_plan(group, plans.get(uid)))), None)


def by_plan(files: Sequence[DoseFile]) -> dict[str, list[DoseFile]]:
    """The files of each plan, "" for those that name none or several."""
    groups: dict[str, list[DoseFile]] = defaultdict(list)
    for one in files:
        groups[one.plan].append(one)
    return dict(groups)


def _of_one_plan(files: Sequence[DoseFile], plan: Plan | None) -> str | None:
    sums = {one.summation for one in files}
    if sums <= PARTS:
        return _twice(files) or (_incomplete(files, plan) if plan else None)
    if sums & PARTS:
        return _BOTH
    if len(files) > 1:
        return f"{len(files)} doses of the same plan cannot be added; choose one of them."
    return None


def _twice(files: Sequence[DoseFile]) -> str | None:
    """Whether two of the files are of the same beam or set-up."""
    for parts in ([part for one in files for part in one.beams], [part for one in files for part in one.setups]):
        if len(set(parts)) < len(parts):
            return "Two of these doses are of the same beam, so they cannot be added; export the dose of the plan."
    return None


def _incomplete(files: Sequence[DoseFile], plan: Plan) -> str | None:
    """Whether everything that treats in the plan has its dose; undecided if a file does not say which part it belongs
    to."""
    if not all(one.beams or one.setups for one in files):
        return None
    for what, expected, found in (
            ("beam", plan.beams, {_placed(part, plan.beams) for one in files for part in one.beams}),
            ("set-up", plan.setups, {_placed(part, plan.setups) for one in files for part in one.setups})):
        if extra := found - expected:
            return (f"One of these doses is of {what} {min(extra)[1]}, which does not treat in this plan; export the "
                    "dose of the plan.")
        if missing := sorted(expected - found):
            numbers = ", ".join(str(number) for _, number in missing[:5])
            return (f"The dose of {what} {numbers} is missing (the plan has {len(expected)}), so the sum would be too "
                    "low; add the missing files or export the dose of the whole plan.")
    return None


def _placed(part: Part, expected: frozenset[Part]) -> Part:
    """With the number of the plan's only fraction group, where the dose names none."""
    groups = {group for group, _ in expected}
    return (next(iter(groups)), part[1]) if part[0] == 0 and len(groups) == 1 else part


def complete(files: Sequence[DoseFile], plans: Mapping[str, Plan]) -> bool:
    """Whether files that may be added are known to be all of their plans: none is missing."""
    parts = [one for one in files if one.summation in PARTS]
    return all(one.plan in plans and bool(one.beams or one.setups) for one in parts)


def asks(files: Sequence[DoseFile], plans: Mapping[str, Plan]) -> tuple[Caution, ...]:
    """What a person must state before these files are read as a dose."""
    asked = []
    if any(one.relative for one in files):
        asked.append(Caution(ASKS_RELATIVE, "confirm", "This dose is given in per cent, not in Gy.",
                             "Say which dose is 100 %, in Gy."))
    if any(one.summation in FRACTIONS for one in files):
        known = next((plans[one.plan].fractions for one in files if one.plan in plans), None)
        planned = f" (the plan has {known})" if known else ""
        asked.append(Caution(ASKS_FRACTIONS, "confirm", "This dose is of one fraction group or of one fraction, which "
                             "programs write in the same way.", f"Say by how many fractions to multiply it{planned}; 1 "
                             "where it is the dose of all of them."))
    if not complete(files, plans):
        asked.append(Caution(ASKS_COMPLETE, "confirm", f"These are doses of single beams ({len(files)} file(s)), and "
                             "nothing says whether one is missing.", "Add the plan, or say that these are all of its "
                             "beams."))
    return tuple(asked)


def told(files: Sequence[DoseFile]) -> tuple[Caution, ...]:
    """What the reader must know or confirm about a dose from these files."""
    cautions = []
    if any(one.kind == EFFECTIVE for one in files):
        cautions.append(note("dose_effective", "This is an effective dose (weighted by biological effect, as usual for "
                          "protons), not a physical one."))
    if any(not one.summation for one in files):
        cautions.append(Caution("dose_sum_unknown", "confirm", "The file does not say whether it holds the dose of a "
                             "whole plan.", "Check that it does."))
    if len(groups := by_plan(files)) > 1:
        cautions.append(Caution("dose_plans_summed", "confirm", f"The doses of {len(groups)} plans are added up.",
                             "Check that all of them were given."))
    return tuple(cautions)


def summed(grids: Sequence[Volume]) -> Volume:
    """The sum on the finest of the grids, float32, Gy; NaN wherever one of them is unknown."""
    finest = min(grids, key=lambda grid: grid.voxel_ml)
    total = np.zeros(finest.shape, dtype=np.float64)
    for grid in grids:
        total += grid.array if grid is finest else resample_known(grid, finest).array
    return finest.with_array(total.astype(np.float32))


def may_be_added(files: Sequence[DoseFile], plans: Mapping[str, Plan]) -> bool:
    """Whether the doses of several plans can be offered as a sum: each is complete, in Gy, and one of a kind."""
    groups = by_plan(files)
    return (len(groups) > 1 and bool(files[0].frame) and refusal(files, plans) is None
            and not asks(files, plans) and all(one.summation in WHOLE | PARTS for one in files))
