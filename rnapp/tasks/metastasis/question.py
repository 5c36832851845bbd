"""The words and the form of this question; the variables are those of Gomaa et al. 2025 (Table 1)."""

from types import MappingProxyType

from rnapp.tasks.roles import DOSE_ROLE, PLANNING_ROLE
from rnapp.types import Field, Outcome, Question, Role

T1CE = "t1ce"

FIELDS = (
    Field("age", "Age", "number", unit="years", least=0, most=120),
    Field("sex", "Sex", "choice", choices=MappingProxyType({"female": "Female", "male": "Male"})),
    Field("primary_tumour", "Primary tumour", "choice", choices=MappingProxyType({
        "nsclc": "Non-small cell lung cancer", "breast": "Breast cancer", "melanoma": "Melanoma",
        "sclc": "Small cell lung cancer", "ovary": "Ovarian cancer", "other": "Other"})),
    Field("systemic_treatment", "Systemic treatment", "choice", choices=MappingProxyType({
        "none": "None", "chemotherapy": "Chemotherapy", "targeted": "Targeted therapy",
        "immunotherapy": "Immunotherapy", "combination": "Combination"})),
    Field("months_since_radiosurgery", "Months since radiosurgery", "number", unit="months", least=0, most=600,
          help="From radiosurgery to this scan."),
    Field("wbrt_before", "Whole-brain radiotherapy before", "yes_no"),
)

MEANING = (
    "The number is the model's estimate that this lesion is radiation necrosis and not tumour progression. It says "
    "nothing about other diseases, and it was made for lesions that grow after radiosurgery of a brain metastasis.",
    "Look at the range of the models: the further apart they are, the less the answer says. Look also at how "
    "well the model has performed, next to the number: on how many patients, and how wide the interval is.",
    "Attention shows what influenced the answer, not where the tumour is. Biopsy and the course over time outweigh "
    "this number.",
)

NETWORKS_MEANING = (
    "The colours show which places of the scan moved the image networks, and how much. They show what moved the "
    "networks; they prove nothing, and they are not where the tumour or the necrosis is.",
    "The shipped networks say necrosis of an empty crop, so what they see in a crop mostly speaks for progression. A "
    "map under an answer of necrosis therefore mostly shows what spoke against necrosis.",
    "Where the image networks hardly moved the answer, no map is drawn.",
)

QUESTION = Question(
    id="metastasis",
    title="Radiation necrosis or tumour progression?",
    outcomes=(Outcome("necrosis", "rn", "radiation necrosis", "necrosis"),
              Outcome("progression", "tp", "tumour progression", "progression")),
    roles=(Role(T1CE, "T1 after contrast", "The scan of the growing lesion after radiosurgery.", contrast=True),
           DOSE_ROLE, PLANNING_ROLE),
    fields=FIELDS,
    unit="lesion",
    meaning=MEANING,
    about="After radiosurgery of a brain metastasis: about each lesion.",
    networks_meaning=NETWORKS_MEANING,
)
