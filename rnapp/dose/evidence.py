"""What published studies say of dose and time, shown beside an answer and never a part of it.

Each was looked up at its source; what is about metastases is shown for metastases alone.
"""

from dataclasses import dataclass

METASTASIS = "metastasis"  # id of the question that these studies are about
HYTEC = "Milano et al., HyTEC, Int J Radiat Oncol Biol Phys 2021;110:68–86 (51 reports)"


@dataclass(frozen=True)
class Evidence:
    """One finding. sentence: with its patients and limits; source: citation."""

    sentence: str
    source: str


@dataclass(frozen=True)
class BrainLimit:
    """A volume of brain that studies refer to. gy: it received this much or more; said: what they found."""

    gy: float
    said: str

    @property
    def name(self) -> str:
        """V12 Gy."""
        return f"V{self.gy:g} Gy"


_FRACTIONATED = ("Below 20 ml: risk of any necrosis or oedema below 10 %, of necrosis that needs surgery below 4 % "
                 "(metastases, {} fractions). A risk before treatment, not a diagnosis.")
# Number of fractions → what the brain, with the target, received.
BRAIN_LIMITS = {
    1: BrainLimit(12.0, "5, 10 and more than 15 ml: about 10, 15 and 20 % symptomatic necrosis (metastases, one "
                        "fraction). A risk before treatment, not a diagnosis."),
    3: BrainLimit(20.0, _FRACTIONATED.format(3)),
    5: BrainLimit(24.0, _FRACTIONATED.format(5)),
}
_ONE_FRACTION = (
    Evidence("V12 Gy above 10.9 ml and V10 Gy above 12.6 ml: necrosis in 47 % of treated lesions, where 24 % had it in "
             "all (206 patients, 310 metastases, one fraction).", "Minniti et al., Radiat Oncol 2011;6:48"),
    Evidence("A published model of the volume of brain at 12 Gy reached a C-statistic of only 0.61 in other patients "
             "(162 with one metastasis): such volumes separate poorly.",
             "van Schaik et al., Adv Radiat Oncol 2025;10:101871"))
_TIME = Evidence("Growing lesions that were biopsied: recurrence in 10 of 19 up to 9 months after radiosurgery and in "
                 "1 of 16 later; few patients, one centre, chosen for biopsy.",
                 "Narloch et al., Neuro-Oncology 2017;19:1391–1397")
_EQD2 = Evidence("The linear-quadratic model behind the dose in 2 Gy fractions is validated up to about 10 Gy per "
                 "fraction; for higher ones its use is disputed.",
                 "Brenner, Semin Radiat Oncol 2008;18:234–239; against it: Kirkpatrick et al., same issue, 240–243")


def of(question: str, fractions: int | None, converted: bool) -> tuple[Evidence, ...]:
    """What to show beside the figures. question: its id; fractions: of the plan, None is unknown; converted: whether a
    dose in 2 Gy fractions is shown."""
    about = ((*(_ONE_FRACTION if fractions == 1 else ()), _TIME) if question == METASTASIS else ())
    return (*about, *((_EQD2,) if converted else ()))


def brain_limit(question: str, fractions: int | None) -> BrainLimit | None:
    """The volume of brain that studies of this question refer to for so many fractions; None where there is none."""
    return BRAIN_LIMITS.get(fractions or 0) if question == METASTASIS else None
