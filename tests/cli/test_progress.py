"""Progress on stderr: one line for each change that can be seen."""

from rnapp.cli.progress import progress_printer


def lines(capsys) -> list[str]:
    return capsys.readouterr().err.splitlines()


def test_a_line_is_printed_when_the_words_or_the_whole_per_cent_change(capsys):
    show = progress_printer()
    for fraction in (0.1, 0.1, 0.104, 0.11):
        show("Explaining the answer", fraction)
    show("Measuring the dose", 0.11)
    assert lines(capsys) == [" 10%  Explaining the answer", " 11%  Explaining the answer", " 11%  Measuring the dose"]


def test_thousands_of_reports_of_an_end_are_one_line(capsys):
    show = progress_printer()
    for _ in range(1000):
        show("Explaining the answer", 1.0)
    assert lines(capsys) == ["100%  Explaining the answer"]


def test_a_second_run_prints_its_first_line_whatever_the_last_run_ended_with(capsys):
    for _ in range(2):
        progress_printer()("Reading the images", 0.0)
    assert lines(capsys) == ["  0%  Reading the images"] * 2
