"""The file of likelihoods, prices and hours: defaults, what is assumed, errors at their place."""

import pytest

from simdeploy.advice.expected import value_of
from simdeploy.advice.fault_rows import default_rows
from simdeploy.advice.mix import default_text, read_advice
from simdeploy.advice.recommending import kinds_of
from simdeploy.errors import ScenarioError

ROWS = [row.name for row in kinds_of(default_rows())]
STRATEGIES = ("rolling", "blue-green")


def read(tmp_path, text):
    """Read a team's file with this text."""
    file = tmp_path / "advice.yaml"
    file.write_text(text, encoding="utf-8")
    return read_advice(file, ROWS, STRATEGIES)


def messages(tmp_path, text):
    """Return the messages about a file, without its folder."""
    with pytest.raises(ScenarioError) as caught:
        read(tmp_path, text)
    return str(caught.value).replace(f"{tmp_path}/", "").splitlines()


def test_defaults_are_those_of_the_definitions():
    """Twenty releases, 9 in 100 bad, a cent a failed request, 100 dollars an hour, three hours."""
    mix = read_advice(None, ROWS, STRATEGIES).mix
    assert mix.releases_per_month == 20
    assert sum(mix.likelihoods.values()) == pytest.approx(0.09)
    assert mix.likelihoods["slow x3"] == 0.01
    assert (mix.prices.failed_request, mix.prices.engineer_hour) == (0.01, 100)
    hours = mix.prices.hours
    assert (hours.machine, hours.person, hours.left, hours.good_undone) == (0.5, 1.0, 4.0, 1.0)
    assert mix.horizon == 3 * 3600


def test_every_default_row_has_a_likelihood():
    """The packaged file and the packaged rows of faults name the same kinds."""
    assert set(read_advice(None, ROWS, STRATEGIES).mix.likelihoods) == set(ROWS)
    assert all(f"\n  {row}: " in default_text() for row in ROWS)


def test_every_value_of_the_packaged_file_is_marked_as_assumed():
    """No line with a value lacks the comment."""
    lines = [line for line in default_text().splitlines() if line.partition("#")[0].strip()]
    values = [line for line in lines if line.partition("#")[0].rstrip()[-1] not in ":}"]
    assert len(values) == len(ROWS) + 11
    assert [line for line in values if "# assumed" not in line] == []


def test_without_a_file_everything_is_assumed():
    """All values are assumed, each by its path."""
    advice = read_advice(None, ROWS, STRATEGIES)
    assert all(value_of(advice.mix, path) is not None for path in advice.assumed - {"horizon"})
    assert len(advice.assumed) == len(ROWS) + 11


def test_what_a_file_gives_is_not_assumed(tmp_path):
    """A likelihood and a price of the file are the team's own, the others stay assumed."""
    advice = read(tmp_path, "likelihoods: {leak: 3%}\nprices: {hours: {left: 8}}\n")
    assert advice.mix.likelihoods["leak"] == 0.03
    assert advice.mix.likelihoods["crash at boot"] == 0.02
    assert advice.mix.prices.hours.left == 8
    assert {"likelihoods.leak", "prices.hours.left"}.isdisjoint(advice.assumed)
    assert {"likelihoods.crash at boot", "prices.hours.machine"} <= advice.assumed


def test_a_copy_of_the_packaged_file_gives_everything(tmp_path):
    """Who copies the file has stood for its values: nothing is assumed, and nothing differs."""
    advice = read(tmp_path, default_text())
    assert advice.assumed == frozenset()
    assert advice.mix == read_advice(None, ROWS, STRATEGIES).mix


def test_a_minute_of_outage_replaces_the_price_of_a_request(tmp_path):
    """The packaged price of a request does not stand beside the file's price of a minute."""
    prices = read(tmp_path, "prices: {outage_minute: 500}\n").mix.prices
    assert (prices.outage_minute, prices.failed_request) == (500, None)


@pytest.mark.parametrize("text", ["", "prices:\n", "likelihoods: null\n", "# nothing\n"])
def test_an_empty_file_or_block_is_all_defaults(tmp_path, text):
    """What is left empty is as if it were left out."""
    assert read(tmp_path, text).mix == read_advice(None, ROWS, STRATEGIES).mix


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "releases_per_month: 20\nlikelihoods:\n  leak: 60%\n  errors 5 %: 50%\n",
            "advice.yaml:2: likelihoods: add up to 116.5 %; allowed: at most 100 %",
        ),
        (
            "\nlikelihoods: {leek: 1%}\n",
            'advice.yaml:2: likelihoods: no such row of faults; got "leek"; did you mean "leak"?',
        ),
        (
            "likelihoods:\n  leak: 101%\n",
            'advice.yaml:2: likelihoods.leak: must be a share from 0 to 1; got "101%"',
        ),
        (
            "prices:\n  failed_request: 1\n  outage_minute: 2\n",
            "advice.yaml:3: prices.outage_minute: cannot stand beside failed_request",
        ),
        (
            "prices:\n  hours:\n    left: -1\n",
            "advice.yaml:3: prices.hours.left: must be a number ≥ 0; got -1",
        ),
        ("releases_per_month: 0\n", "advice.yaml:1: releases_per_month: must be a number > 0"),
        ("failed_request: 1\n", "advice.yaml:1: failed_request: stands in prices"),
        ("price: {}\n", 'advice.yaml:1: price: unknown key; did you mean "prices"?'),
        (
            "prices:\n  fixed_per_month: {canary: 3}\n",
            'advice.yaml:2: prices.fixed_per_month: no such strategy; got "canary"',
        ),
        ("- 1\n", "advice.yaml:1: must be a block of keys"),
        ("horizon: soon\n", "advice.yaml:1: horizon: must be a time > 0"),
    ],
)
def test_errors_stand_at_their_place(tmp_path, text, message):
    """Each error names file, line and path, what was got and what is allowed."""
    assert any(line.startswith(message) for line in messages(tmp_path, text))


def test_all_errors_are_told_at_once(tmp_path):
    """A file with two wrong values gets two lines."""
    assert len(messages(tmp_path, "releases_per_month: 0\nprices: {engineer_hour: x}\n")) == 2


def test_a_missing_file_is_named(tmp_path):
    """A file that is not there is told in a line."""
    with pytest.raises(ScenarioError, match=r"nowhere\.yaml"):
        read_advice(tmp_path / "nowhere.yaml", ROWS, STRATEGIES)
