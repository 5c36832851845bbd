"""How each language says that a contrast agent was or was not given: regular expressions for whole words.

Written as rnapp.io.plain_words leaves them: lower case, without accents, ae/oe/ue for the umlauts.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    """All fields are whole words, apart by blanks. agent: the contrast agent or its injection; hint: the same, but only
    next to one of the words that follow; without, given (with), before, after: say which; alone: deny by themselves;
    fillers: may stand between any of these and the agent."""

    name: str
    agent: str = ""
    hint: str = ""
    without: str = ""
    given: str = ""
    before: str = ""
    after: str = ""
    alone: str = ""
    fillers: str = ""


# Names of agents for MR, of substance and of trade; nobody is called so.
AGENT_NAMES = (
    "gadobutrol gadovist gadavist gadoterate gadoterat gadoteratmeglumin dotarem clariscan dotagraf cyclolux "
    "artirem dotagita magnetolux lumivist magnevistan vistarem gadoteridol prohance gadobenate gadobenat "
    "gadobensaeure multihance gadopentetate gadopentetat magnevist magnegita magnograf gadodiamide gadodiamid "
    "omniscan gadoversetamide optimark gadoxetate gadoxetat primovist eovist gadofosveset ablavar vasovist "
    "gadopiclenol elucirem vueway pixxoscan gadograf gadolinium gadolinio gadoliniu gado ferumoxytol")

LANGUAGES = (
    Language("everywhere", agent=rf"gd gddtpa gdbtdo3a gad gado\w* ce gbca {AGENT_NAMES}", hint="iv infusion",
             before="pre", after="post", alone=r"nativ\w{0,4} native nat nce", without="sine absque"),
    Language("English", agent=r"contrast\w* enhanced enhancing enhancement enh inj inject\w*", hint="c con contr cont",
             without="without wo no non not never un", given="with w", before="before", after="after", alone="plain",
             fillers="any the a an of to for agent medium dye administration administering admin adm media giving yet"),
    Language("German", agent=r"km kontrast\w* injek\w*", hint="kontr",
             without="ohne kein keine keinem keinen keiner nicht nie", given="mit", before="vor prae pra bevor vorher",
             after="nach",
             alone=r"kontrast(?:mittel)?(?:frei|los)\w* nativserie unverstaerkt",
             fillers="der die das dem den des einer von gabe applikation verabreichung"),
    Language("French", agent=r"inject\w* contraste pdc", hint="pc", without="sans ss non pas", given="avec",
             before="avant avt", after="apres", fillers="l la le les d de du des produit administration un une"),
    Language("Italian", agent=r"mdc contrasto contrastograf\w* iniett\w* iniez\w* smdc cmdc", hint="ev mc",
             without="senza non nessun nessuno nessuna", given="con", before="prima", after="dopo",
             alone="basale basali diretto diretta diretti smdc",
             fillers="di del della dello dell il lo la l al mezzo mezzi somministrazione infusione"),
    Language("Spanish", agent=r"contraste contrastad[oa]s? civ cciv sciv cte gadolinio inyec\w*", hint="ev mc",
             without="sin ningun ninguno ninguna nunca", given="con", before="antes", after="despues tras",
             alone="basal simple simples sciv",
             fillers="a al de del el la medio medios administracion administrar inyectar aplicacion aplicar"),
    Language("Portuguese", agent=r"contraste contrastad[oa]s? injet\w* injec\w*", hint="ev mc",
             without="sem nenhum nenhuma nao nunca", given="com", before="antes", after="apos depois", alone="direto",
             fillers="a o ao da do de meio administracao administrar uso"),
    Language("Dutch", agent=r"contrast\w* ingespoten geinjecteerd\w*", without="zonder geen niet nooit", given="met",
             before="voor", after="na", alone=r"blanco contrast(?:vrij|loos|loze)", fillers="het de toediening van"),
    Language("Swedish", agent=r"kontrast\w*", hint="k kontr", without="utan ingen inget inga inte icke ej", given="med",
             before="foere innan", after="efter", alone=r"kontrastfri\w*", fillers="av tillfoersel iv"),
    Language("Danish", agent=r"kontrast\w*", hint="k kontr", without="uden uten ingen intet ikke ej", given="med",
             before="foer inden", after="efter", alone=r"kontrastfri\w*", fillers="af indgift iv"),
    Language("Polish", agent=r"kontrast\w* kontrasc\w*", hint=r"srodk\w* k kontr",
             without=r"bez brak nie zaden zadn\w*", before="przed", after="po", alone=r"natywn\w*",
             fillers=r"podania podaniem podaniu podan srodka srodkiem srodku iv"),
    Language("Czech", agent=r"kontrast\w*", hint=r"kl latk\w* kontr", without=r"bez ne zadn\w*", before="pred",
             after="po", alone=r"nativni\w*", fillers=r"podani podanim aplikace aplikaci aplikacni iv"),
)

# Only before the agent itself: elsewhere these are other words (an earlier study, a word lost in a bad character set).
BEFORE_AGENT_ONLY = "prior previo previa previos previas fore pr ante"
# These deny or affirm whatever follows, unless that is a treatment.
STRONG_BEFORE, STRONG_AFTER = "pre prae pra vor before", "post nach after apres despues"
# These affirm at the end or before a technical word as well ("T1 dopo FS"); "na", "po" and "tras" mean too much else.
CLEAR_AFTER = "dopo apos depois efter pos"
# Two of these side by side name the examination, not the series: "w/wo", "senza e con mdc".
CLEAR_WITHOUT = "without wo ohne sans ss senza sin sem zonder utan uden uten bez"
AND = "and or und oder et ou y o e en of och eller og i lub a nebo n"
# After the agent: "contrast: none", "kontrast fri".
DENIED_BEHIND = "free frei fri vrij libre libero less los negative negativ neg absent none nein nee nej nie nao keines"
DENIED_AT_END = "no non ne not off minus"

# "KM nicht gegeben", "gado n'a pas été injecté": may stand between the agent and its denial, or after that; never the
# fat saturation, so that "gad, non FS" stays an agent.
AUXILIARY = (
    r"was is were has had been be wurde wird ist hat a ete est n e stato stata fue ha sido foi er blev har blivit "
    r"werd zostal\w* byl\w* patient\w* pacient\w* pazient\w* paciente pat pt par von vom dem by od de da di")
OTHER_NOT = r"ne aucun aucune jamais aldrig nigdy nebyl\w*"
GIVEN = (
    r"given administ\w* admin used applied received done possible wanted indicated tolerated gegeben verabreicht "
    r"appliziert injiziert erhalten bekommen gewuenscht moeglich vertragen erfolgt gespritzt gabe applikation "
    r"donne\w* inject\w* fait\w* faite realise\w* possibile possivel posible somminist\w* iniettat\w* dato "
    r"eseguit\w* inyectad\w* aplicad\w* dado dada usado utilizado injetad\w* realizad\w* toegediend gegeven "
    r"ingespoten gebruikt givet gett gitt givits getts injicer\w* indgivet tilfoert tillfoert anvaent brugt mogligt "
    r"muligt podan\w* podawan\w* uzyt\w* zastosowan\w* aplikovan\w* aplikowan\w*")
# Denials in one word, Czech and Polish.
NOT_GIVEN = r"nepodan\w* neaplikovan\w* niepodan\w* nieuzyt\w*"
REFUSED = (
    r"refus\w* declin\w* withheld withhold omitted contraindicat\w* contraindicad\w* controindicat\w* kontraindi\w* "
    r"abgelehnt ablehnung verweiger\w* unterlassen entfaellt entfallen rifiut\w* rechaz\w* rehus\w* recus\w* "
    r"geweiger\w* weiger\w* afvist avvist afslag naegt\w* nekad\w* nekat avboej\w* odmow\w* odmaw\w* odmit\w* "
    r"skipped cancelled canceled contre contreindiqu\w* gecontraindiceerd przeciwwskaz\w* kontraindik\w*")

# What may follow "post" or "pre" and is no contrast agent: treatments, events, places and times.
EVENTS = (
    r"op|ops|opx?|opera\w*|operat\w*|surg\w*|chir\w*|cirug\w*|cirurg\w*|zabieg\w*|rt|rtx|srs|srt|sbrt|fsrt|xrt|ebrt|wbrt|"
    r"imrt|radiat\w*|radio(?!graph)\w*|bestrahl\w*|bestral\w*|straal\w*|stral\w*|ozar\w*|naswietl\w*|treat\w*|trt|tx|"
    r"therap\w*|terap\w*|behandl?\w*|leczen\w*|lecb\w*|chemo\w*|chimio\w*|quimio\w*|kemo\w*|cht|ct|resec\w*|resek\w*|"
    r"rezek\w*|exere\w*|biops\w*|crani\w*|kraniot\w*|trepan\w*|gamma\w*|gk|gks|gkrs|lgk|cyber\w*|ck|knife|stereo\w*|"
    r"laser|litt|shunt|vp|evd|dbs|emboli\w*|coil\w*|clip\w*|proc|process\w*|filter\w*|fossa|circulation|horn|seizure\w*|"
    r"ictal|trauma\w*|partum|mortem|stroke|discharge|fu|fup|follow|steroid\w*|dexa\w*|avastin|beva\w*|immun\w*|vacc\w*|"
    r"ablat\w*|interv\w*|rehab|met|mets|tumou?r\w*|recur\w*|label\w*|hoc|natal|scan|study|visit|baseline|excision|sat|satur\w*|"
    r"implant\w*|infarct|covid|transplant\w*")
MONTHS = (r"months?|mos?|mths?|weeks?|wks?|years?|yrs?|days?|monate?n?|wochen?|jahre?|tagen?|mois|semaines?|ans|mesi|"
          r"settimane|meses|semanas|maanden|weken|maneder|manader|veckor|miesiac\w*|mesic\w*")
# What may follow "avant", "antes", "pos" … where the agent itself is left out.
TECHNICAL = (
    r"\d+|fs|fatsat|fat|sat|spair|spir|ax|axial|axiaal|axiale|axi|sag|sagittal\w*|sagital|cor|coronal|coronaal|koronal|tra|"
    r"trans|transversal\w*|transaxial|tse|se|fse|gre|mprage|bravo|f?spgr|vibe|space|cube|vista|3d|2d|iso|mpr|t1w?|dixon|"
    r"blade|propeller|flair|thin|tfe|ffe|tfl|ir|thrive")
# Not the agent, and not its absence.
FALSE_FRIENDS = (
    r"ce mark(?:s|ed|ing)?|ce certified|contrast like|"
    # An allergy: whether the agent was given is not said.
    r"(?:kontrast|contrast|gado|km)\w*(?: de| d| al?| au| til| mot)? ?al+erg\w*|"
    r"al+erg\w*(?: auf| to| a| au| al| ao| for| mot| na| op| voor)?(?: le| la| il| o)? "
    r"(?:kontrast\w*|contrast\w*|gado\w*|gd|km|mdc)|"
    r"(?:high|low|tissue|soft|good|image|multi|dual|inverse|inverted|phase|transfer|gr[ae]y|white) contrast|"
    r"native (?:space|grid|resolution)|basal (?:gangli\w*|nucle\w*|cisterns?|meninges)|"
    r"(?:gangli\w*|nucle\w*|noyaux) basal\w*")
