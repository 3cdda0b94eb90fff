"""The answer as text: heading, width, blocks, and what a pipe and a terminal get."""

import re

import pytest

from simdeploy.api import compare
from simdeploy.report.answer.text import render_comparison, service_text, wrapped
from tests.report.answer.made import compared, good, harm, undone
from tests.results import fabricate as make

NAMES = ("rolling", "blue-green", "canary", "linear", "recreate")
FIVE = compared({n: harm(1000.0 * (k + 1)) for k, n in enumerate(NAMES)}, {"recreate": undone()})
COLOR = re.compile(r"\x1b\[[0-9;]*m")


def test_verdict_first_and_alone():
    """The verdict stands between two empty lines, before the table."""
    lines = render_comparison(FIVE).splitlines()
    assert lines[0].startswith("A release that answers errors  ")
    assert lines[0].endswith("checkout-api · 6 tasks · 200 req/s")
    assert lines[1:4] == ["Three requests in ten fail. Who notices?", "", lines[3]]
    assert lines[3].startswith("Rolling. It fails 1,000 requests per bad release; ")
    assert lines[lines.index("", 3) + 1].split()[:3] == ["this", "bad", "release"]


@pytest.mark.parametrize("width", [80, 100, 120])
def test_width_and_length(width):
    """No line is wider than the terminal, and five strategies take at most 40 lines at 100."""
    lines = render_comparison(FIVE, width=width).splitlines()
    assert max(map(len, lines)) <= width
    assert width < 100 or len(lines) <= 40


def test_blocks_below_each_other():
    """At 80 columns the good release stands below the bad one, with all names again."""
    lines = render_comparison(FIVE, width=80).splitlines()
    assert sum(line.startswith("✓ rolling") for line in lines) == 2
    assert sum(line.startswith("✓ rolling") for line in render_comparison(FIVE).splitlines()) == 1


def test_wide_widens_the_table_only():
    """With --wide the table has all columns in one piece, and prose keeps its width."""
    lines = render_comparison(FIVE, width=80, wide=True).splitlines()
    assert any(
        ("outage of" in line and "extra" not in line) or "served by" in line for line in lines
    )
    assert sum(line.startswith("✓ rolling") for line in lines) == 1
    assert all(len(line) <= 80 for line in lines if line.startswith(("Why", "Assumed", "Price")))


def test_one_column_is_not_torn():
    """A very narrow terminal gets whole cells, in more pieces."""
    text = render_comparison(FIVE, width=40)
    assert "…" not in text
    assert "undone: alarm" in text


def test_pipe_has_no_color_no_next_no_time():
    """Without a terminal the text is plain and the same each time."""
    text = render_comparison(FIVE, elapsed=0.31)
    assert "\x1b" not in text
    assert "Next" not in text
    assert text == render_comparison(FIVE, elapsed=9.9)
    assert text.splitlines()[-1] == "1,000 runs × 5 strategies · seed 1"


def test_terminal_has_color_next_and_time():
    """On a terminal the winner is bold, the time is told and a command to try next."""
    text = render_comparison(FIVE, is_terminal=True, elapsed=0.31, source="my.yaml --set a.b=3")
    plain = COLOR.sub("", text)
    assert "\x1b[1m✓ rolling" in text
    assert "simdeploy run my.yaml --set a.b=3 --strategy rolling" in plain
    assert plain.splitlines()[-1] == "1,000 runs × 5 strategies in 0.3s · seed 1"


def test_color_only_doubles_words():
    """Without its colors a terminal's text has the lines of a pipe, but for what it adds."""
    shown = COLOR.sub("", render_comparison(FIVE, is_terminal=True)).splitlines()
    piped = render_comparison(FIVE).splitlines()
    assert [line for line in shown if not line.startswith("Next")] == piped


def test_long_names_are_broken():
    """A name of more than 24 letters is broken at a hyphen, in lines of its own."""
    name = "rolling-with-quite-a-long-name-indeed"
    strategies = {name: {"type": "rolling"}, "canary": {"type": "canary"}}
    found = compared({n: harm(900.0) for n in strategies}, strategies=strategies)
    assert re.search(
        r"\n. rolling-with-quite-a- .*\n  long-name-indeed\n", render_comparison(found)
    )


def test_notes_stand_outside_of_numbers():
    """Numbers of a column end at the same place, whether they have a note or not."""
    lines = [line for line in render_comparison(FIVE).splitlines() if line[:1] in "✓✗ "]
    rows = [line for line in lines if re.match(r"[✓✗ ] (rolling|recreate)", line)]
    ends = [
        line.index("never") + 5 if "never" in line else line.index("1m30s") + 5 for line in rows
    ]
    assert len(set(ends)) == 1


def test_a_number_is_not_torn_from_its_sign():
    """A line is never broken before a percent sign or a million."""
    assert wrapped("in 63 % of runs", 6) == ["in", "63 %", "of", "runs"]
    assert wrapped("it fails 1.4 M requests", 13) == ["it fails", "1.4 M", "requests"]


def test_good_release_has_one_block():
    """A release without faults is one table."""
    found = compared({"rolling": good(), "canary": good(0.31)}, faults=())
    text = render_comparison(found)
    assert "a good release" not in text
    assert "10m later" in text


@pytest.mark.parametrize(
    ("traffic", "told"),
    [
        ({"rate": 200}, "200 req/s"),
        ({"steps": [{"at": 0, "rate": 200}, {"at": "10m", "rate": 320}]}, "200 to 320 req/s"),
        ({"steps": [{"at": 0, "rate": 200}]}, "200 req/s"),
        ({"daily": {"low": 100, "high": 200}}, "6 tasks"),
    ],
)
def test_service_line(traffic, told):
    """The service is told with its rate, where that is not a whole day's."""
    assert service_text(make.scenario(traffic=traffic)).endswith(told)


@pytest.mark.parametrize(("pods", "told"), [(1, "shop · 1 pod · 200 req/s"), (4, "4 pods")])
def test_pods_are_called_so(pods, told):
    """On Kubernetes a service has pods."""
    service = {"name": "shop", "desired_count": pods}
    how = {"platform": "kubernetes", "defaults": {}, "service": service}
    scenario = make.scenario({"all": {"type": "recreate"}}, **how)
    assert told in service_text(scenario)


def test_long_title_takes_its_own_line():
    """A title that leaves no room for the service stands above it."""
    release = {"rolling": make.rows(10)}
    scenario = make.scenario(("rolling",), runs=10, title="x" * 90, story="")
    shown = render_comparison(compare(scenario, engine=make.engine(release))).splitlines()
    assert shown[:2] == ["x" * 90, "checkout-api · 6 tasks · 200 req/s"]


def test_markup_in_a_title_is_text():
    """Square brackets of a title are printed as they stand."""
    scenario = make.scenario(("rolling",), runs=10, title="[bold]x[/bold]")
    found = compare(scenario, engine=make.engine({"rolling": make.rows(10)}))
    assert render_comparison(found).startswith("[bold]x[/bold]")
