"""The screen of the lesions in HTML."""

from dataclasses import replace

import numpy as np

from rnapp.case.pending import DoubtfulMask
from rnapp.types import MaskFile, Structure, Volume
from rnapp.ui.html import lesions as html
from tests.explain.synthetic import result_of
from tests.ui.html.made import candidate


def test_each_lesion_has_its_side_and_can_be_named_removed_and_gone_to() -> None:
    shown = html.lesion_table(replace(result_of(2).lesions, names={2: "old one"}))
    assert shown.index("patient's&nbsp;left") < shown.index("patient's&nbsp;right")
    assert shown.count("data-remove") == 2
    assert 'data-name="1" value=""' in shown
    assert 'data-name="2" value="old one"' in shown
    assert "5.60&nbsp;ml" in shown
    assert "axial 21.0&nbsp;×&nbsp;18.0&nbsp;mm" in shown
    assert "<li>Lesion 1: Touches the edge of the brain.</li>" in shown


def test_without_a_lesion_it_is_said_what_to_do() -> None:
    assert "Draw one in the picture" in html.lesion_table(None)
    assert 'id="no-lesions"' in html.lesion_table(replace(result_of(1).lesions, lesions=()))


def test_proposed_lesions_can_be_looked_at_taken_or_dismissed() -> None:
    shown = html.proposals("By <rules>.", (candidate(1), candidate(2)), {2})
    assert "By &lt;rules&gt;." in shown
    assert "a &lt;ring&gt;" in shown
    assert shown.count('data-centre="1.00,-2.00,3.00"') == 2
    assert 'data-take="1"' in shown
    assert 'data-take="2"' not in shown, "it is in the drawing"
    assert shown.count("data-dismiss") == 2
    assert "0.87" not in shown, "a score is no probability, and is not shown as one"
    assert "87" not in shown


def test_nothing_proposed_is_never_said_to_be_no_lesion() -> None:
    assert "does not mean that there is no lesion" in html.proposals("", (), ())


def test_a_doubtful_mask_can_be_gone_to() -> None:
    array = np.zeros((5, 6, 7), bool)
    array[1:4, 2, 3] = True
    grid = Volume(array, np.eye(4))
    shown = html.doubtful_mask(DoubtfulMask(MaskFile((), grid), (), grid, "Drawn <elsewhere>."))
    assert 'data-centre="2.00,2.00,3.00"' in shown
    assert "Drawn &lt;elsewhere&gt;." in shown


def test_structures_that_cannot_be_chosen_are_reported_with_the_reason() -> None:
    grid = Volume(np.ones((2, 2, 2), bool), np.eye(4))
    shown = html.left_out((Structure(1, "a", grid, "A remark."), Structure(2, "b", None, "“<b>” is empty.")))
    assert "“&lt;b&gt;” is empty." in shown
    assert "A remark" not in shown
    assert html.left_out((Structure(1, "a", grid, "A remark."),)) == ""
