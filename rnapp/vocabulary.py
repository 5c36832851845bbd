"""The clinical vocabulary: codes as they stand in files and models, and the words a person reads."""

# Code in files and models → what the user reads.
SEXES = {"female": "Female", "male": "Male"}
PRIMARY_TUMOURS = {
    "nsclc": "Non-small cell lung cancer",
    "breast": "Breast cancer",
    "melanoma": "Melanoma",
    "sclc": "Small cell lung cancer",
    "ovary": "Ovarian cancer",
    "other": "Other",
}
SYSTEMIC_TREATMENTS = {
    "none": "None",
    "chemotherapy": "Chemotherapy",
    "targeted": "Targeted therapy",
    "immunotherapy": "Immunotherapy",
    "combination": "Combination",
}
CATEGORIES: dict[str, dict[str, str]] = {
    "sex": SEXES,
    "primary_tumour": PRIMARY_TUMOURS,
    "systemic_treatment": SYSTEMIC_TREATMENTS,
}
LABELS = {
    "age": "Age",
    "sex": "Sex",
    "primary_tumour": "Primary tumour",
    "systemic_treatment": "Systemic treatment",
    "months_since_radiosurgery": "Months since radiosurgery",
    "wbrt_before": "Whole-brain radiotherapy before",
}
# The board's own opinion, in the order in which it is offered.
LEANINGS = {
    "necrosis": "Radiation necrosis",
    "probably_necrosis": "Probably radiation necrosis",
    "undecided": "Undecided",
    "probably_progression": "Probably tumour progression",
    "progression": "Tumour progression",
}
