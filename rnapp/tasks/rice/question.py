"""The words and the form of this question; the inputs are those of RICE-NET (arXiv 2603.11827)."""

from types import MappingProxyType

from rnapp.tasks.roles import DOSE, DOSE_ROLE, PLANNING_ROLE
from rnapp.types import Field, Outcome, Question, Role

EVENT, POST_OP = "event", "post_op"
# In a sentence.
INPUT_WORDS = MappingProxyType({EVENT: "the scan with the new enhancement", POST_OP: "the scan after surgery",
                                DOSE: "the radiotherapy dose"})

# None of these goes into the models: the paper's networks see images and dose alone. They stand in the report, and the
# months and the technique beside the dose.
FIELDS = (
    Field("age", "Age", "number", unit="years", least=0, most=120, help="Shown in the report; the model does not use "
                                                                         "it."),
    Field("sex", "Sex", "choice", choices=MappingProxyType({"female": "Female", "male": "Male"}),
          help="Shown in the report; the model does not use it."),
    Field("months_since_radiotherapy", "Months since radiotherapy", "number", unit="months", least=0, most=600,
          help="From the end of radiotherapy to the scan with the new enhancement. Shown beside the dose; the model "
               "does not use it."),
    Field("technique", "Technique", "choice", choices=MappingProxyType({
        "photon": "Photons", "proton": "Protons", "other": "Other (carbon ions, mixed)"}),
          help="Shown beside the dose. The model is not told, but may recognise the technique from the shape of the "
               "dose."),
)

MEANING = (
    "The number is the model's estimate that new contrast enhancement after radiotherapy of a glioblastoma is "
    "radiation-induced (RICE) and not recurrent tumour. It is about the whole study, not about a single lesion, and it "
    "was made for patients in whom new enhancement has been seen: it does not say whether there is any.",
    "A mixture of both is common and is not among the answers. Nor is infection, a second tumour or enhancement after "
    "surgery.",
    "The dose moves the number most. It does not show the lesion, so the model may be reading the plan – its size, its "
    "level, its technique – as well as the brain. Read the number with that in mind.",
    "Look at the range of the models: the further apart they are, the less the answer says. In the paper 11 of 12 test "
    "patients were right, which is compatible with anything from 62 % to 100 %. Perfusion MRI, amino-acid PET, the "
    "course over time and biopsy outweigh this number.",
)

MAP_MEANING = (
    "Occlusion hides one small cube after another and asks the model again. The map shows where that took most from "
    "the outcome that is favoured. It does not show where the tumour or the radiation damage is, and a place that the "
    "model ignored is not a healthy one. Where the dose is hidden too, the map is bound to be strong in the high-dose "
    "region."
)

NETWORKS_MEANING = (
    "This model has no map of what moved its image networks. It has a map of occlusion instead, which is made on "
    "request: it shows how the answer changes where a small part of the inputs is hidden, not why.",
)

QUESTION = Question(
    id="rice",
    title="Radiation-induced contrast enhancement or tumour recurrence?",
    outcomes=(Outcome("rice", "rice", "radiation-induced contrast enhancement", "RICE"),
              Outcome("recurrence", "rec", "tumour recurrence", "recurrence")),
    roles=(
        Role(EVENT, "T1 after contrast, new enhancement",
             "The follow-up scan on which new contrast enhancement was first seen after radiotherapy.", contrast=True),
        Role(POST_OP, "T1 after contrast, after surgery",
             "The scan after surgery and before radiotherapy, usually the one that was used for planning.",
             contrast=True, optional=True),
        DOSE_ROLE,
        PLANNING_ROLE,
    ),
    fields=FIELDS,
    unit="study",
    meaning=MEANING,
    map_meaning=MAP_MEANING,
    outline=True,
    about="After surgery and radiotherapy of a glioblastoma: about the whole study.",
    networks_meaning=NETWORKS_MEANING,
)
