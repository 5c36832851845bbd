"""Parts of the body in words. For metastases the primary tumour's place is an ordinary part of a brain scan's name."""

from rnapp.io.plain_words import word_set

HEAD = word_set(
    "head brain skull neuro cranium cranial cerebral cerebrum hirn gehirn kopf schaedel schadel neurocranium cerveau "
    "crane cerebro craneo cranio encephale encefalo encephalon encefalico tete cabeza cabeca testa cervello "
    "cranioencefalico hersenen hersen hoofd schedel hjerne hjaerna hjarna huvud hoved skalle mozg mozgu mozgowie "
    "glowa glowy mozek mozku hlava hlavy headneck headandneck brainstem")

# No brain tumour's primary lies here, and no word of these is used for anything else.
FAR = word_set(
    "shoulder knee wrist ankle elbow femur tibia humerus forearm lumbar lspine sacrum abdomen abdominal pelvis pelvic "
    "mrcp schulter knie huefte hueftgelenk becken lws handgelenk ellenbogen sprunggelenk bauch oberbauch epaule genou "
    "hanche poignet cheville coude bassin lombaire hombro rodilla cadera muneca tobillo codo ombro joelho quadril "
    "tornozelo cotovelo spalla ginocchio caviglia gomito bacino addome lombare abdome lombar schouder heup enkel buik "
    "bekken axel skulder knae bark kolano biodro brzuch miednica rameno koleno bricho panev")
# Seen on scans of heads as well, named after a primary tumour, or with a second meaning ("arm B").
NEAR = word_set(
    "neck spine cspine tspine cervical thoracic hws bws wirbelsaeule hals nek nuque cou rachis columna coluna collo "
    "cuello pescoco rygg kregoslup pater hip hand finger foot extremity leg arm thigh calf heart cardiac herz thorax "
    "chest lung lungs breast mamma liver leber kidney renal prostate pancreas rectum bladder uterus colon ovary "
    "thyroid esophagus oesophagus stomach lunge brust niere prostata poumon sein foie rein pulmon mama higado rinon "
    "pulmao figado rim polmone mammella seno fegato rene long borst lever nier bryst lungor pluco plic plice "
    "wholebody")
# If one of these occurs too, the other region is that of the primary.
TUMOUR = word_set(
    "met mets metas metastasis metastases metastatic metastase metastasen metastasi metastasis filiae fil mts cancer "
    "ca krebs karzinom carcinoma carcinome carcinom cancro rak tumor tumour tumeur tumore tumori tumors tumours "
    "primary nsclc sclc rcc melanoma melanom staging stage restaging bilan estadiaje stadiazione gk gks srs srt "
    "gammaknife cyberknife radiosurgery")


def says_head(said: tuple[str, ...]) -> bool:
    """Whether the words name the head or brain."""
    return not HEAD.isdisjoint(said)


def names_elsewhere(said: tuple[str, ...]) -> str | None:
    """The first word that names a part of the body other than the head."""
    return next((word for word in said if word in FAR or word in NEAR), None)


def names_far(said: tuple[str, ...]) -> str | None:
    """The first word for a part of the body that is on no scan of a head, unless head or tumour are named as well."""
    if says_head(said) or not TUMOUR.isdisjoint(said):
        return None
    return next((word for word in said if word in FAR), None)
