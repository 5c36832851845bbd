"""Descriptions as radiographers write them, by language: with contrast agent, without it, and neither."""

YES = {
    "English": """
        T1 +C | t1_mprage_sag_+C | AX T1 POST | 3D T1 CE | T1C | t1ce | t1gd | T1-Gd | t1_post |
        T1 post contrast | T1w+Gd | T1 C+ | SPGR GAD | T1 w/ contrast | T1 W/GAD | T1 w contrast |
        post op T1 gd | T1 non fs post | T1 FS post Gd pre op | AX T1 POST GAD | T1 post-gad | T1 POSTGAD |
        T1postGd | T1_POST_CONTRAST_FS | T1 with contrast | T1 with IV contrast | T1 after gad |
        T1 after contrast | T1 enhanced | T1 contrast-enhanced | CE T1 | CE-MPRAGE | T1 IV+ | T1 IV + |
        T1 + IV | T1 inj | T1 injected | Gd+ | T1 GD+ | T1 Gd (+) | T1 +gd | T1 gd +ve | T1+G FS |
        without fs post gad | no fat sat +C | w/o FS +C | T1 non-fs +C | AX T1 FS+C | T1+C+FS | T1 KM+FS |
        Stage IV T1 gd | T1 BRAVO ASSET POST | T1 POST FA 8 | T1 POST 5 MIN | T1 POST THIN |
        T1 POST STEALTH | T1 post no 2 | COR T1 POST FOSSA GAD | T1 with con | W CON T1 | T1 w/c |
        T1 post-infusion | MPRAGE GADAVIST | T1 Dotarem | postcontrast | T1POSTC | T1 contrast |
        3D T1 TFE GD SENSE | T1W_FFE_CE | sT1W_3D_TFE_GD | eTHRIVE +C | T1c/ | t1c+ |
        T1 KM non fs | T1 gad no fat sat | T1 C plus | T1 contrast given | T1 contrast no MT | T1 KM 7
        ml | T1 KM 10""",
    "German": """
        mprage mit KM | T1 nach KM | t1_mprage_sag_KM | KM T1 | T1 +KM | T1 KM+ | T1 KM + | T1 m. KM |
        T1 m.KM | T1 mKM | T1 m KM | T1 n. KM | T1 nKM | T1 nach Kontrastmittel | T1 mit Kontrastmittel |
        T1 nach i.v. KM | T1 nach KM-Gabe | T1 post KM | t1_tse_tra_KM_fs | T1 Kontrastmittel | T1 nach Gd |
        T1 tra nach Gabe von KM | T1 KM delayed phase | T1 K.M. | T1 nach Injektion |
        MPRAGE nach OP mit KM | ohne FS, mit KM | T1 KM (+) | T1 p KM |
        nicht FS KM | T1 KM, nicht FS | T1 KM ohne FS | T1 KM gegeben | t1_mprage_iso1_0_KM | case_0_gd | t1 1.0 KM
        | T1 KM 0,1 mmol/kg | T1 mDIXON KM WO""",
    "French": """
        T1 GADO | T1 INJ | T1 INJECTE | T1 injecté | T1 INJECTÉE | T1 Injection | T1 après injection |
        T1 APRES GADO | T1 apres inj | T1 avec gado | T1 avec injection de gadolinium | T1 AVEC IV |
        T1 avec contraste | T1 IV+ | T1 GADO + | T1 après IV | T1 ap IV | T1 post gado | T1 + gado |
        sans fatsat gado | SANS FS APRES GADO | T1 APRES | T1 produit de contraste | T1 avec PC |
        3DT1 GADO | T1 inj. |
        T1 gado pas de FS | T1 gado sans FS | T1 gado injecté""",
    "Italian": """
        T1 CON MDC | T1 con m.d.c. | T1 dopo mdc | T1 DOPO MDC EV | T1 post mdc | T1 MDC | T1 cmdc |
        T1 c/mdc | T1 con contrasto | T1 dopo mezzo di contrasto | T1 dopo contrasto | T1 dopo gadolinio |
        T1 +mdc | T1 dopo FS | T1 dopo somministrazione di mdc | T1 DOPO""",
    "Spanish": """
        T1 CON CONTRASTE | T1 con civ | T1 CIV | T1 C/C | T1 c/ contraste | T1 C/CIV | T1 con gadolinio |
        T1 CON GADO | T1 post contraste | T1 POSTCONTRASTE | T1 post-gado | T1 tras contraste |
        T1 después de contraste | T1 contrastado | T1 con medio de contraste | T1 C.I.V. | T1 GD |
        sin FS con CIV | T1 C/GD | T1 c/ gd | T1 despues de CIV | T1 CON CTE |
        T1 tras la administración de contraste | sin supresion grasa con contraste""",
    "Portuguese": """
        T1 com contraste | T1 COM GADOLÍNIO | T1 COM GADOLINIO | T1 após contraste | T1 APÓS GADOLÍNIO |
        T1 pós contraste | T1 PÓS-CONTRASTE | T1 poscontraste | T1 PÓS GD | T1 PÓS | T1 PÓS FS |
        T1 c/ contraste | T1 C/ GADO | T1 C/C | T1 após injeção | T1 injetado | s/ FS c/ contraste |
        T1 não FS com contraste""",
    "Dutch": """
        T1 MET CONTRAST | T1 na contrast | T1 NA GADOLINIUM | T1 met gado | T1 na toediening van contrast |
        T1 + contrast | T1 m. contrast | T1 contrastmiddel | T1 na GD |
        T1 niet FS met contrast""",
    "Swedish": """
        T1 med kontrast | T1 efter kontrast | T1 med iv kontrast | T1 + K | T1 m/k | T1 efter gadolinium |
        T1 kontrast | T1 efter iv kontrast | T1 med k | T1 kontrastmedel |
        T1 ej FS med kontrast | T1 inte FS kontrast""",
    "Danish": """
        T1 med kontrast | T1 efter kontrast | T1 m. kontrast | T1 m/kontrast | T1 m.k. | T1 efter gd |
        T1 kontraststof |
        T1 ikke FS med kontrast""",
    "Polish": """
        T1 z kontrastem | T1 po kontraście | T1 po podaniu kontrastu | T1 po kontrascie | T1 Z KONTRASTEM |
        T1_z_kontrastem | T1 po podaniu środka kontrastowego | T1 C+ | T1 + kontrast | T1 z/k |
        T1 nie FS kontrast | T1 kontrast podany""",
    "Czech": """
        T1 s kontrastem | T1 s KL | T1 s k.l. | T1 po k.l. | T1 po KL | T1 po kontrastu |
        T1 postkontrastní | T1 + KL | T1 po podání k.l. | T1 po podání kontrastní látky | T1 po Gd""",
    "mixed": """
        t1_mpr_ns_sag_iso_KM | T1 tse tra nach KM | t1_se_tra_post_KM | Ax 3D T1 BRAVO +GAD |
        SAG T1 MPRAGE POST CONTRAST | AX T1 SE FS POST | COR T1 FS +C | T1 AXIAL POST GADO |
        AX T1 FSE POST GAD | 3D T1 GADO | T1 EG 3D GADO | T1 SE AX INJ | AXT1INJ | AX_T1_GADO_FS |
        T1 CUBE GADO | T1 c/ gadolínio | T1 c/gadolínio | T1 pós-gadolínio | AX T1 POS GD |
        T1 c/ contraste ev | T1 FS pós-contraste | T1 c.contraste | T1 com meio de contraste |
        T1 contrastada | T1 con gd | T1 con gadolinio ev | T1 c/gado | T1 civ fs | T1 TRA CON MDC FS |
        T1 3D dopo mdc ev | T1 dopo infusione mdc | T1 post contrasto | T1 GD dopo | T1w CLEAR GD |
        T1 TSE KM | T1 mit Kontrast | T1 KM tra | T1 KM-Gabe | T1 nach Gadolinium | T1 n.KM | t1 mit_km |
        T1 tra m.KM | T1 KM spät | mDIXON T1 gd W | T1_na_contrast | T1 na Gd-toediening |
        T1 met contrastmiddel | T1+gd | T1 GD tra | T1 post gd 3D | T1 efter kontrastmedel | T1 +kontrast |
        T1 m kontrast | T1 efter gd | T1 med Gd | T1 MR cerebrum m kontrast | T1 z kontr. | T1 po kontr. |
        T1 po gadolinie | T1+C sag | T1 TSE po k.l. tra | T1 post KL | T1 s kontrastní látkou |
        T1 po aplikaci k.l. | 3D T1 TFE po kontraste | T1 MPRAGE c+ | T1 MPRAGE (C+) | T1 [+C] | T1 (GD) |
        T1 (with gad) | T1 Gd-enhanced | T1-CE | T1ce | T1_CE_3D | T1CE_brain | T1w_ce | gdT1 | Gd_T1 |
        T1wGd | T1W+C | T1 KM 0.1 mmol | T1 Gadavist 7ml | T1 contrast FS no MT | POST GADOLINIUM |
        POST-GAD T1 | post T1 | Post Contrast | MPRAGE_POST | T1-POST | T1 POST SRS GAD | post-SRS T1 +C |
        T1 post RT mit KM | T1 INJ FS | T1 FAT SAT INJ | T1 GADO SANS FS | t1_spc_sag_KM | C+ T1 FLAIR |
        w/Gd T1 | W/ CONTRAST T1 | T1 W/CON | T1 APRÈS INJECTION | APRES INJ. GADO | 3D T1 INJECTEE |
        SANS SATURATION INJECTE | IV(+) T1 | T1 IV CONTRAST | T1 IV GAD | ax t1 post 15 min delay |
        T1 tardivo mdc | T1 tardif gado | T1 Spätaufnahme KM |
        sub-01_ce-gadolinium_T1w""",
}

NO = {
    "English": """
        T1 pre | T1 without contrast | T1 w/o contrast | T1 W/O | T1 W/O GAD | T1 wo contrast |
        precontrast | T1 pre-contrast | T1 pre gd | noncontrast T1 | T1 C- | T1 -C | t1n | T1 no contrast |
        BRAIN WO CONTRAST | unenhanced | T1 non-enhanced | T1 not enhanced | T1 nonenhanced |
        T1 un-enhanced | T1 non contrast | T1 non-con | T1 NONCON | T1 prior to gad |
        T1 PRIOR TO GADOLINIUM | T1 before gad | T1 before contrast | T1 before the contrast | T1 -gad |
        T1 -gd | Gd- | T1 Gd- | T1 GD (-) | T1 gd -ve | T1 IV- | T1 IV - | T1 no gad | T1 no IV contrast |
        T1 without IV | T1 without gadolinium | pre and post | T1PRE | T1 pregad | T1 PRE FS | AX T1 PRE |
        T1 plain | T1 prior to administration of gadolinium | T1 not injected | T1 contrast: none |
        T1 contrast free | T1 gd no | T1 contrast no | C- T1 | T1C- | T1 without any contrast | T1_C- |
        T1 before injection | T1 pre inj | T1 no inj | T1 without FS without gad | T1 wocontrast | T1 wogd |
        T1 native | T1 w/o con | T1 w/o c | T1 contrast − |
        T1 contrast not given | T1 contrast was not administered | T1 contrast refused | T1 contrast
        withheld | T1 contrast declined | T1 contrast contraindicated | T1 never contrast | patient
        refused contrast | T1 no contrast given | T1 contrast not | T1 w/oC | T1_noC | T1 C minus | T1 C
        minus FS | T1 (-) | T1 tra [-] | T1 NC | T1 tra nc | NC T1 | T1 Gd 0.0 ml""",
    "German": """
        t1 nativ | T1 ohne KM | vor KM | T1 prä KM | T1 PRÄ KM | T1 prae KM | T1 praeKM | T1 o. KM |
        T1 o.KM | T1 oKM | T1 o KM | T1 o/KM | KM- | T1 KM - | T1 KM- | t1_mprage_-km | T1 -KM | T1 KM (-) |
        T1 ohne Kontrastmittel | T1 ohne Kontrast | T1 vor KM-Gabe | T1 vor Kontrastmittelgabe |
        T1 vor der KM-Gabe | T1 nat. | T1 NAT | T1 native | T1 nativ KM | T1 kein KM | T1 ohne i.v. KM |
        T1 ohne Gabe von KM | T1 kontrastmittelfrei | T1 KM: nein | T1 v. KM | T1 ohne | T1 prä | vor Gd |
        T1 praekontrast | T1 ohne FS ohne KM | pr� KM | T1 prÃ¤ KM | T1_ohne_KM_fs | T1 vor Kontrast |
        T1 tra nativ KM-Serie | FS ohne KM | T1 pra KM | T1 vor i.v. KM | T1 ohne K.M. | T1 vKM |
        T1 KM nicht gegeben | T1 KM wurde nicht gegeben | T1 KM abgelehnt | T1 KM vom Patienten
        abgelehnt | T1 Kontrastmittel verweigert | T1 bevor KM | T1 vorher KM | T1 KM 0 | T1 KM=0 | T1
        KM 0 ml | T1 0 KM | T1 KM kontraindiziert | T1 kmfrei | T1 kein Gadolinium | T1 – KM | T1 − KM""",
    "French": """
        T1 AVANT GADO | T1 avant injection | T1 avant l'injection | T1 sans gado | T1 SANS GADOLINIUM |
        T1 sans injection | T1 SANS INJ | T1 non injecté | T1 NON INJECTEE | T1 non inj | T1 sans IV |
        T1 SS IV | T1 SS GADO | T1 ss inj | T1 IV- | T1 sans contraste | T1 sans produit de contraste |
        T1 avant contraste | T1 avant IV | T1 pré-injection | T1 s/ inj | T1 SANS | T1 AVANT |
        T1 avant injection de gadolinium | T1 avant l’injection | T1 GADO - | T1 sans PC | T1 pas de gado |
        T1 avant FS | sans FS sans gado |
        T1 avt inj | T1 av inj | T1 av. inj | T1 av gado | T1 gado refusé | T1 refus injection | T1 gado
        n'a pas été injecté | T1 gado pas fait | T1 gado contre-indiqué | T1 aucun contraste | T1 NINJ""",
    "Italian": """
        T1 SENZA MDC | T1 senza m.d.c. | T1 prima mdc | T1 prima del mdc | T1 PRIMA DI MDC | T1 smdc |
        T1 s/mdc | T1 s mdc | T1 basale | T1 diretto | T1 senza contrasto | T1 senza mezzo di contrasto |
        T1 prima del contrasto | T1 SENZA | T1 prima della somministrazione di mdc | T1 pre mdc |
        T1 non contrasto | T1 senza gadolinio | T1 mdc - | T1 nativo |
        T1 mdc non somministrato | T1 mdc rifiutato | T1 absque contrasto | T1 nessuna iniezione""",
    "Spanish": """
        T1 PREVIO A CONTRASTE | T1 sin civ | T1 SIN CONTRASTE | T1 S/C | T1 s/ contraste | T1 s/contraste |
        T1 S/CIV | T1 sin gado | T1 sin gadolinio | T1 antes de contraste | T1 antes del contraste |
        T1 antes contraste | T1 basal | T1 simple | T1 sin medio de contraste | T1 precontraste |
        T1 pre contraste | T1 previo al contraste | T1 SIN | T1 previa a CIV | T1 s/ gd | T1 sin C.I.V. |
        T1 antes de la administración de contraste | T1 SIN FS SIN CIV | T1 sin inyectar | T1 SCIV |
        T1_s_contraste | T1 s. contraste |
        T1 ante contraste | T1 contraste rechazado | T1 contraste no administrado | T1 sine contrast""",
    "Portuguese": """
        T1 sem contraste | T1 SEM GADOLÍNIO | T1 antes contraste | T1 antes do contraste | T1 s/ contraste |
        T1 s/ gado | T1 pré contraste | T1 PRÉ-CONTRASTE | T1 sem meio de contraste | T1 SEM |
        T1 não contrastado | T1 pré gd | T1 S/C | T1 antes da administração do contraste | T1 sem injeção |
        T1 sem gd | T1 sem sat gord sem contraste |
        T1 contraste recusado | T1 contraste não administrado | T1 nenhuma injeção""",
    "Dutch": """
        T1 ZONDER CONTRAST | T1 voor contrast | T1 blanco | T1 zonder gadolinium | T1 geen contrast |
        T1 voor toediening van contrast | T1 z contrast | T1 z. contrast | T1 zonder | T1 contrast nee |
        T1 pre contrast | T1 zonder GD | T1 contrastvrij |
        T1 niet contrast | T1 contrast geweigerd | T1 contrast niet toegediend | T1 geen gado""",
    "Swedish": """
        T1 utan kontrast | T1 före kontrast | T1 fore kontrast | T1 utan iv kontrast | T1 u/k | T1 utan k |
        T1 innan kontrast | T1 kontrastfri | T1 före kontrast | T1 utan gadolinium | T1 ingen kontrast |
        T1 -K | f�re kontrast | T1 utan |
        T1 ej Gd | T1 ej KM | T1 ej kontrast | T1 inget kontrastmedel | inget gadolinium | T1 inte
        kontrast | T1 kontrast nekad | T1 kontrast ej given""",
    "Danish": """
        T1 uden kontrast | T1 før kontrast | T1 FØR KONTRAST | T1 kontrastfri | T1 u. kontrast |
        T1 u/kontrast | T1 u.k. | T1 inden kontrast | T1 ingen kontrast | T1 uden iv kontrast |
        f�r kontrast | T1 uden gd | T1 uden |
        T1 ikke kontrast | T1 intet kontraststof | T1 kontrast afvist | T1 kontrast ikke givet""",
    "Polish": """
        T1 bez kontrastu | T1 przed kontrastem | T1 przed podaniem kontrastu | T1 natywne |
        T1 bez podania kontrastu | T1 C- | T1 BEZ KONTRASTU | T1 bez środka kontrastowego |
        T1 bez gadolinu | T1 b/k | T1 bez | T1 brak kontrastu | T1_bez_kontr |
        T1 nie kontrast | T1 nie podano kontrastu | T1 kontrast nie podany | T1 odmowa kontrastu | T1
        żadnego kontrastu | T1 bezkontrastowe""",
    "Czech": """
        T1 bez kontrastu | T1 bez KL | T1 bez k.l. | T1 před kontrastem | T1 před k.l. | T1 před KL |
        T1 nativní | T1 bez kontrastní látky | T1 před podáním k.l. | T1 prekontrastní | T1 KL- |
        T1 bez Gd | p�ed kontrastem |
        T1 nekontrastní | T1 KL nepodáno | T1 kontrast odmítnut | T1 KL nebyla podána | T1 žádný
        kontrast""",
    "mixed": """
        T1 tse tra vor KM | t1_mprage_nativ | T1 nativ tra | t1_tse_tra_nat | MPRAGE nativ | T1 tra o.KM |
        T1 ohne_KM | T1_o_KM | T1 nativ (ohne KM) | T1 PRE GAD | Ax T1 Pre | SAG T1 PRE CONTRAST |
        T1 PRE-GADO | T1 SANS INJECTION | T1 AX SANS GADO | T1 S/INJ | T1 SANS PRODUIT DE CONTRASTE |
        T1 NON GADO | T1 nongado | T1 sem contraste ev | T1 s/gadolínio | T1 s/gd | T1 antes gd |
        T1 PRE CONTRASTE | T1 pré-gadolínio | T1 sin contraste ev | T1 SIN GD | T1 s/civ |
        T1 sin contraste endovenoso | T1 antes del gadolinio | T1 senza mdc ev | T1 senza gd |
        T1 pre contrasto | T1 prima della infusione di mdc | T1 BASALE TRA | T1 w/o gad |
        T1 w/out contrast | T1 WITHOUT | T1 wout contrast | NON-CONTRAST T1 | T1 NONENHANCED | T1 NON CON |
        NCE T1 | T1 noncontrast | T1 nongad | T1 non-gad | NO GD T1 | T1 no contrast FS | T1 NO CON |
        T1 C - | T1 (-C) | T1(-)KM | T1 KM(-) | T1 [-KM] | T1 Gd− | T1 –KM | T1_C-_tra |
        T1 zonder contrastmiddel | T1 voor Gd | T1 zonder Gd | T1 uten kontrast | T1 utan Gd | T1 före Gd |
        T1 f. kontrast | T1 före kontrastmedel | T1 før Gd | T1 uden kontraststof | T1 u kontrast |
        T1 przed gadolinem | T1 bez gadolinium | T1 przed kontr. | T1 bez KM | T1 bez kontr. |
        T1 před aplikací k.l. | T1 bez kontrastu tra | T1 nativne | T1 nativně | T1 vor und nach KM |
        pre/post T1 | T1 avant et apres gado | T1 prima e dopo mdc | T1 not yet enhanced |
        T1 before enhancement | T1 pre enhancement | T1 sans contraste IV | T1 AVANT PRODUIT DE CONTRASTE |
        T1 sin inyección | T1 unenhanced FS | unenh T1 | T1 ohne Kontrastmittelgabe | T1 KM-frei |
        T1 nicht KM | T1 kein Kontrastmittel | KM nein T1 | T1 Contrast: No | T1 contrast none | Gd: nein""",
}

SILENT = """
        T1 MPRAGE | space | ice cream | T1 SCENIC | distance | pre op T1 | T1 post srs | contra | postal |
        agd | T1 | T1 SE | since | T1 Stage IV | grade IV T1 | T1 IV | T1 post op | T1 post-op |
        T1 nach OP | T1 nach Bestrahlung | T1 post RT | T1 postop | T1 vor OP | T1 pre SRS |
        T1 post gamma knife | T1 post GK | T1 post radiotherapy | T1 after surgery | T1 apres chirurgie |
        T1 apres la radiotherapie | T1 dopo radioterapia | T1 dopo la chirurgia | T1 después de cirugía |
        T1 antes de cirugia | T1 efter operation | T1 före operation | T1 po operacji | T1 po operaci |
        T1 na operatie | T1 na bestraling | T1 na | T1 3 months post | T1 post 3 months | T1 2 Monate nach |
        T1 6 weeks after | T1 CE marking | T1 CE marked | T1 contrast-like | T1 high contrast |
        soft tissue contrast T1 | T1 w/wo | BRAIN W WO CONTRAST | MR BRAIN W/WO CONTRAST | T1 W & W/O |
        T1 with and without contrast | Schädel mit und ohne KM | ohne/mit KM | T1 sans et avec injection |
        T1 senza e con mdc | T1 senza e dopo mdc | T1 con y sin contraste | T1 sin y con civ |
        sem e com contraste | zonder en met contrast | T1 m/u k | T1 +/- KM | T1 +/-C | T1 ± Gd |
        T1 KM +/- | m/o KM | T1 s gd | T1 - KM | native space T1 | basal ganglia T1 | T1 gangli basali |
        T1 without fat sat | T1 w/o FS | T1 sin FS | T1 sans FS | T1 sem sat gord | T1 no 5 | no 3 T1 |
        T1 non fs | T1 s | T1 z | T1 c | T1 m | T1 o | T1 prior | T1 baseline | T1 prescan |
        T1 pre-scan normalise | T1 presat | T1 pre sat | T1 POST FOSSA | C-SPINE T1 | C + T SPINE | T1 W |
        T1w | T1 sag s | T1 con | ACME | T1 ohne FS | KMnO | unce | T1 once | T1 series no. 4 |
        T1 post COVID | MIT T1 | met T1 | T1 voor SRS | T1 PRE TREATMENT | T1 post-processing | gadget |
        contraband |
        T1 KM-Allergie | Kontrastmittelallergie T1 | T1 allergie gado | T1 allergy to contrast |
        T1 Injury | T1 brain injury | T1 injured | T1 FS (-) | T1 refused | T1 not done | T1 ej FS | T1
        nicht FS | T1 av | NC | T1 Kontr. | T1 – 3 | sub-01_T1w"""


def phrases(table: str) -> list[str]:
    return [" ".join(phrase.split()) for phrase in table.split("|")]
