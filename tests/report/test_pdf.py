"""The PDF: its pages, what must stand on them, and what must not."""

import dataclasses
import re
from io import BytesIO

import numpy as np
import PIL.Image
import pytest

from rnapp.errors import RnappError
from rnapp.report.pdf import CourseReport, ReportPictures, pdf
from rnapp.report.pdf_parts import markup
from rnapp.trust.verdict import judge
from rnapp.types import (
    BoardOpinion,
    CaseResult,
    Caution,
    Confirmed,
    Likeness,
    Prediction,
    RegistrationQuality,
    Trust,
    Variation,
)
from tests.explain.synthetic import result_of, without_number
from tests.trusted import PLAIN

BANNER = "DEMONSTRATION MODEL – trained on synthetic lesions – this number means nothing clinically"


def png(width: int, height: int) -> bytes:
    noise = np.random.default_rng(width).integers(0, 255, (height, width, 3), dtype=np.uint8)
    buffer = BytesIO()
    PIL.Image.fromarray(noise).save(buffer, "PNG")
    return buffer.getvalue()


def pictures(lesions: int) -> ReportPictures:
    return ReportPictures(png(154, 109), (png(99, 72),) * lesions, (png(110, 72),) * lesions, (png(140, 80),) * lesions)


SIXTY_SEVEN = Prediction(0.67, (0.59, 0.64, 0.68, 0.7, 0.72), ())


def trust(variation: float) -> Trust:
    """Of that prediction, at another prior than the calibration's."""
    return judge(SIXTY_SEVEN, [Variation("outline 1 mm larger", variation)], Likeness(1.0, 2.0, 0.05), PLAIN,
                 PLAIN.limits, 0.2, 0.81)


def with_answer(case: CaseResult, **changes) -> CaseResult:
    first = dataclasses.replace(case.reading.answers[0], **changes)
    return dataclasses.replace(case, reading=dataclasses.replace(
        case.reading, answers=(first, *case.reading.answers[1:])))


def pages(file: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b(?!s)", file))


def words(file: bytes) -> str:
    """The text drawn with the built-in fonts, in an uncompressed file, spaces as one blank."""
    pieces = re.findall(rb"\(((?:[^()\\]|\\.)*)\) Tj", file)
    plain = [re.sub(rb"\\(\d{3}|.)", lambda m: bytes([int(m[1], 8)]) if len(m[1]) == 3 else m[1], one)
             for one in pieces]
    return " ".join(b" ".join(plain).decode("cp1252").split())


def made(case, **options) -> str:
    return words(pdf(case, pictures(len(case.reading.answers)), compress=False, **options))


@pytest.mark.parametrize("lesions", [1, 2])
@pytest.mark.parametrize("demonstration", [True, False])
def test_one_or_two_lesions_make_two_pages(lesions, demonstration):
    file = pdf(result_of(lesions, demonstration), pictures(lesions), compress=False)
    assert pages(file) == 2
    text = words(file)
    assert "page 1 of 2" in text
    assert "page 2 of 2" in text
    assert text.count("Not a medical device. Research use only.") == 2


def test_more_lesions_add_pages_and_none_is_left_out():
    file = pdf(result_of(7), pictures(7), compress=False)
    assert pages(file) > 2
    text = words(file)
    assert f"page {pages(file)} of {pages(file)}" in text
    assert all(text.count(f"Lesion {n}, on the patient's {side}") == 2
               for n, side in zip(range(1, 8), ["left", "right"] * 4, strict=False))


def test_a_demonstration_says_so_on_every_page_and_another_model_nowhere():
    text = made(result_of(2))
    assert text.count(BANNER) == 2
    assert text.count("DEMONSTRATION MODEL · case") == 2
    assert "DEMONSTRATION" not in made(result_of(2, demonstration=False))


def test_the_answer_and_its_spread_stand_in_words_and_numbers():
    text = made(with_answer(result_of(1), prediction=SIXTY_SEVEN, trust=trust(0.66)))
    for part in ("Favours radiation necrosis: probability of radiation necrosis 67 %.",
                 "5 models range from 59 % to 72 %. Steady: small changes move it as far as 66 % (outline 1 mm "
                 "larger).", "59 % to 72 %",
                 "From 60 % on it is called necrosis, up to 40 % progression, between them indeterminate.",
                 "It assumes that 20 % of cases are necrosis, as set for this centre; with the 50 % of its calibration "
                 "it would be 81 %.", "Like what the model has seen", "5.6 ml", "22 mm"):
        assert part in text


def test_a_fragile_answer_is_called_so_and_names_nothing():
    text = made(with_answer(result_of(1), prediction=SIXTY_SEVEN, trust=trust(0.45)))
    assert "Indeterminate: probability of radiation necrosis 67 %." in text
    assert "Fragile: small changes move it as far as 45 % (outline 1 mm larger)." in text
    assert "favours" not in text.lower()


def test_where_no_number_is_given_that_is_said_and_why_and_nothing_is_explained():
    stop = Caution("too_dark", "stop", "It is too dark.", "Draw it again.")
    case = without_number(result_of(1), stop)
    blank = ReportPictures(png(154, 109), (png(99, 72),), (None,), (None,))
    text = words(pdf(case, blank, compress=False))
    for part in ("No number is given.", "It is too dark. Draw it again.", "Stop: Lesion 1: It is too dark.",
                 "For lesion 1 no number is given, so nothing is explained."):
        assert part in text
    number = f"{100 * result_of(1).reading.answers[0].prediction.probability:.0f} %"
    assert number not in text
    assert "range from" not in text


def test_a_reading_of_before_is_shown_as_not_judged():
    text = made(with_answer(result_of(1), prediction=SIXTY_SEVEN, trust=None))
    assert "Not judged: probability of radiation necrosis 67 %." in text
    assert "read the case again" in text


def test_what_was_confirmed_stands_at_its_caution_with_the_reason():
    ask = Caution("odd", "confirm", "It is odd.")
    case = with_answer(result_of(1), cautions=(ask,))
    assert "To be confirmed: Lesion 1: It is odd." in made(case)
    reading = dataclasses.replace(case.reading, confirmed=(Confirmed("odd", 1, "old <b>blood"),))
    drawn = made(dataclasses.replace(case, reading=reading)).replace(" ", "")
    assert "Confirmed(old<b>blood):Lesion1:Itisodd." in drawn


def test_who_what_and_with_which_model():
    text = made(result_of(1), series="t1 mprage é 0.9 mm³ 30°")
    for part in ("Case Case-7F3A", "2026-11-21 14:05", "series t1 mprage é 0.9 mm³ 30°", "phantom-demo 0.1.0",
                 "ab12ab12ab12", "48 phantoms", "AUC, held-out patients 0.91", "Dice 0.957", "63 years", "Sex Female",
                 "Primary tumour unknown", "Whole-brain radiotherapy before no", "rnapp 0.1.0"):
        assert part in text
    assert "series" not in made(result_of(1))


def test_warnings_and_a_failed_preparation():
    case = result_of(1)
    text = made(case)
    for warning in ("Note: No contrast agent is recorded.", "Note: The slices are thick.",
                    "Note: Lesion 1: Touches the edge of the brain."):
        assert warning in text
    assert "with contrast" not in text  # beside the warning that none is recorded
    assert "The analysed scan on the SRI24 grid" in text
    assert "below its thresholds" not in text
    bad = dataclasses.replace(case.prepared, quality=RegistrationQuality(0.5, 0.1, False, "The head is turned."))
    assert "Preparation below its thresholds: The head is turned." in made(dataclasses.replace(case, prepared=bad))


def test_metadata_name_nobody_and_the_bytes_repeat():
    case, images = result_of(1), pictures(1)
    file = pdf(case, images)
    assert file == pdf(case, images)
    assert b"Case-7F3A" not in file
    assert b"D:20261121140533" in file
    assert b"Case-7F3A" in pdf(case, images, compress=False)  # on the page, where it belongs


def test_free_text_is_taken_literally():
    odd = "<b>&<img src='/etc/passwd'/>"
    drawn = made(dataclasses.replace(result_of(1), pseudonym=odd))
    assert odd.replace(" ", "") in drawn.replace(" ", "")


def test_what_helvetica_lacks_comes_from_another_font():
    assert markup("é ° ³ – ×") == "é ° ³ – ×"
    assert re.fullmatch(r'Sko<font name="[^"]+">ł</font>a', markup("Skoła"))
    assert re.fullmatch(r'<font name="[^"]+">\?</font>', markup("頭"))
    assert markup("a\nb\x00\x1b c") == "a b c"
    assert b"DejaVuSans" in pdf(result_of(1), pictures(1), series="Skoła", compress=False)


@pytest.mark.parametrize("count", [0, 2])
def test_pictures_that_do_not_fit_the_reading_are_refused(count):
    with pytest.raises(RnappError, match="one picture of each kind"):
        pdf(result_of(1), pictures(count))


def test_a_reading_without_lesions_is_refused():
    with pytest.raises(RnappError, match="at least one"):
        pdf(result_of(0), pictures(0))


def test_the_boards_opinion_stands_next_to_the_answer_and_unknown_values_are_reported():
    case = result_of(2)
    text = made(dataclasses.replace(case, board=(BoardOpinion(2, "progression", "2026-11-21T14:03:00"),)))
    assert "lesion 1: none noted; lesion 2: tumour progression (at 14:03)" in text
    assert "Primary tumour: from 30 % (Breast cancer) to 60 % (Melanoma)" in text
    former = (BoardOpinion(1, "necrosis", "2026-11-21T13:01:00"),)
    assert "On earlier outlines: then lesion 1: radiation necrosis (at 13:01)" in made(
        dataclasses.replace(case, former_board=former))
    assert "own opinion" not in made(case), "nothing is said where none was asked for"


def test_earlier_scans_add_a_page():
    course = CourseReport(png(160, 90), (("Lesion 1", "2026-01-05", "1.20 ml", "14.0 mm", "12.0 × 9.0 mm"),),
                          ("Grew by 21.0 % and 5.1 mm from nadir & more.",))
    file = pdf(result_of(1), pictures(1), course=course, compress=False)
    assert pages(file) == 3
    assert "2026-01-05" in words(file)
    assert "5.1 mm from nadir & more." in words(file)
    assert "page 3 of 3" in words(file)
