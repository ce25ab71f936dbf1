"""What a person sees while things start."""

import io

import pytest

from bookapp.infra.progress import Steps


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_log_gets_one_line_per_step_and_the_milestones() -> None:
    out = io.StringIO()
    steps = Steps(out)
    with steps.step("Demo world") as step:
        assert not step.progress("Warning: something")
        assert not step.progress("0/0 nothing")
        for number in range(1, 101):
            assert step.progress(f"{number}/100 bookings\n")
    *milestones, done = out.getvalue().splitlines()
    assert [line.split()[3] for line in milestones] == ["10", "20", "30", "40", "50", "60", "70", "80", "90", "100"]
    assert milestones[0] == "  Demo world … 10 %  bookings"
    assert done.startswith("  Demo world ")
    assert done.endswith(" s")


def test_a_terminal_is_written_over_in_place() -> None:
    out = Terminal()
    with Steps(out).step("Redis") as step:
        step.progress("1/100 key")
    assert out.getvalue().count("\n") == 1
    assert "\r\033[K  Redis … 1 %  key" in out.getvalue()


def test_a_step_that_fails_is_not_shown_as_done() -> None:
    out = io.StringIO()
    with pytest.raises(ValueError, match="no"), Steps(out).step("Redis"):
        raise ValueError("no")
    assert out.getvalue() == "  Redis … did not finish\n"


def test_a_terminal_without_our_letters_gets_others() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    Steps(out).show("… done", lasting=True)
    assert raw.getvalue() == b"? done\n"
