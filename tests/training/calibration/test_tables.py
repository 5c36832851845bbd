"""The figures in the docs are those on the cards."""

from pathlib import Path

from training.calibration.tables import document, main

ROOT = Path(__file__).resolve().parents[3]
BEGIN = "<!-- python -m training.calibration.tables weights/bundles/demo weights/bundles/rice_demo -->\n"
BUNDLES = [ROOT / "weights" / "bundles" / name for name in ("demo", "rice_demo")]


def test_the_docs_say_what_the_cards_say():
    text = (ROOT / "docs" / "trust_numbers.md").read_text(encoding="utf-8")
    assert text.split(BEGIN)[1] == document(BUNDLES) + "<!-- end -->\n"


def test_the_command_prints_them(capsys):
    assert main([str(BUNDLES[1])]) == 0
    assert capsys.readouterr().out == document(BUNDLES[1:])


def test_the_text_beside_each_card_says_so_too():
    for folder in BUNDLES:
        text = (folder / "MODEL_CARD.md").read_text(encoding="utf-8")
        assert document([folder]).split("\n", 1)[1] in text
