"""Distributions: forms, moments, quantiles, and the flat form of the engines."""

import math
from itertools import pairwise
from statistics import NormalDist

import pytest
from pydantic import TypeAdapter, ValidationError

from simdeploy.distributions import Constant, Distribution, RateDistribution, Tabulated, Uniform

READ = TypeAdapter(Distribution).validate_python
RATE = TypeAdapter(RateDistribution).validate_python
FORMS = [
    5,
    "30s",
    {"distribution": "constant", "value": "30s"},
    {"distribution": "uniform", "low": 2, "high": "1m"},
    {"distribution": "exponential", "mean": "20m"},
    {"distribution": "exponential", "median": 3},
    {"distribution": "exponential", "p95": 3},
    {"distribution": "lognormal", "median": "80ms", "p95": "300ms"},
    {"distribution": "lognormal", "mean": 3, "p95": 5},
    {"distribution": "lognormal", "median": 3, "mean": 4},
    {"distribution": "lognormal", "median": 3, "sigma": 0.5},
    {"distribution": "lognormal", "mean": 3, "sigma": 0.5},
    {"distribution": "gamma", "median": 10, "p95": "30s"},
    {"distribution": "gamma", "mean": 10, "shape": 2},
    {"distribution": "gamma", "scale": 10, "shape": 0.7},
    {"distribution": "weibull", "median": 10, "p95": 30},
    {"distribution": "weibull", "mean": 10, "shape": 1.5},
    {"distribution": "empirical", "values": [3, "1s", 2, 2]},
    {"distribution": "empirical", "values": [3]},
]


def drawn(flat, u):
    """Draw as the engines do."""
    code, a, b, table = flat
    if code == 4:
        i = min(int(u * 256), 255)
        return table[i] + (table[i + 1] - table[i]) * (u * 256 - i)
    if code == 3:
        return math.exp(a + b * NormalDist().inv_cdf(u))
    return (a, a + (b - a) * u, -a * math.log(u))[code]


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_draws_have_the_mean(form):
    """What the engines draw has the mean that was asked for."""
    parsed = READ(form)
    n, flat = 20_000, parsed.flat()
    mean = math.fsum(drawn(flat, (i + 0.5) / n) for i in range(n)) / n
    assert mean == pytest.approx(parsed.mean(), rel=3e-3)


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_quantiles_rise(form):
    """A larger share is never a smaller value."""
    values = [READ(form).quantile(u / 50) for u in range(1, 50)]
    assert all(low <= high for low, high in pairwise(values))


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_parameters_come_out_as_they_went_in(form):
    """Median, 95th percentile and mean are those that were given."""
    parsed = READ(form)
    given = form if isinstance(form, dict) else {}
    for key, value in (("median", parsed.quantile(0.5)), ("p95", parsed.quantile(0.95))):
        if key in given:
            assert value == pytest.approx(READ(given[key]).mean(), rel=1e-9)
    if "mean" in given:
        assert parsed.mean() == pytest.approx(READ(given["mean"]).mean(), rel=1e-9)


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_a_dump_reads_back(form):
    """A dumped distribution parses back to an equal one."""
    parsed = READ(form)
    assert READ(TypeAdapter(Distribution).dump_python(parsed)) == parsed


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_scaling(form):
    """Twice as long is twice the mean and twice each quantile."""
    parsed = READ(form)
    assert parsed.scaled(2.0).mean() == pytest.approx(2 * parsed.mean())
    assert parsed.scaled(2.0).quantile(0.3) == pytest.approx(2 * parsed.quantile(0.3))


@pytest.mark.parametrize(
    ("rate", "seconds"),
    [(15, 20.0), ({"distribution": "lognormal", "median": 15, "p95": 30}, 20.0),
     ({"distribution": "uniform", "low": 10, "high": 20}, 20.0)],
)  # fmt: skip
def test_a_rate_takes_time(rate, seconds):
    """300 MB at a median of 15 MB/s take a median of 20 s."""
    assert RATE(rate).into(300).quantile(0.5) == pytest.approx(seconds)


def test_a_table_has_257_finite_quantiles():
    """Long tails are cut, and the cut keeps the mean."""
    code, _, _, table = READ({"distribution": "gamma", "mean": 10, "shape": 0.3}).flat()
    assert code == 4
    assert len(table) == 257
    assert all(map(math.isfinite, table))
    assert Tabulated(quantiles=table).mean() == pytest.approx(10)


@pytest.mark.parametrize(
    ("form", "path", "message"),
    [
        ("5 parsecs", (), "unknown unit"),
        (math.nan, (), "finite"),
        (-1, (), "≥ 0"),
        (None, (), "must be a time or a distribution"),
        ({"median": 3}, (), "needs the key distribution"),
        ({"distribution": "gama"}, ("distribution",), 'did you mean "gamma"?'),
        ({"distribution": ["gamma"]}, ("distribution",), "unknown distribution"),
        ({"distribution": "lognormal", "median": 3}, (), "exactly one of its forms"),
        ({"distribution": "lognormal", "median": 3, "p95": 2}, ("median",), "at most p95"),
        ({"distribution": "lognormal", "mean": 3, "p95": 20}, ("p95",), "further from the mean"),
        ({"distribution": "weibull", "median": 1, "p95": 1}, ("p95",), "out of reach"),
        ({"distribution": "uniform", "low": 3, "high": 2}, ("low",), "at most high"),
        ({"distribution": "uniform", "lo": 3, "low": 1, "high": 2}, ("lo",), "unknown key"),
        ({"distribution": "exponential", "mean": 0}, ("mean",), "> 0"),
        ({"distribution": "empirical", "values": []}, ("values",), "must not be empty"),
        ({"distribution": "empirical", "values": [1, "x"]}, ("values", 1), "must be a time"),
    ],
)
def test_no_distribution_is_refused(form, path, message):
    """Each fault names its key and what is wrong."""
    with pytest.raises(ValidationError) as caught:
        READ(form)
    fault = caught.value.errors()[0]
    assert fault["loc"] == path
    assert message in fault["msg"]


@pytest.mark.parametrize(
    "form", ["15s", 0, -3, {"distribution": "constant", "value": "15s"},
             {"distribution": "uniform", "low": "1s", "high": 2}],
)  # fmt: skip
def test_no_rate_is_refused(form):
    """A rate has no unit of time and is never zero."""
    with pytest.raises(ValidationError):
        RATE(form)


def test_only_constants_are_numbers():
    """`float` works where there is nothing random."""
    assert float(Constant(value=3.0)) == 3.0
    with pytest.raises(TypeError, match="uniform"):
        float(Uniform(low=0.0, high=1.0))
