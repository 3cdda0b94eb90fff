"""Task-seconds and dollars, by AWS's price list."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simdeploy.encode.prices import BILLED_MINIMUM, FARGATE
from simdeploy.semantics.cost import billed_seconds, dollars, hourly_price

SECONDS = st.floats(0, 1e6)


@pytest.mark.parametrize(
    ("start", "end", "billed"),
    [(10, 10, 0), (10, 9, 0), (10, 11, 60), (10, 69.9, 60), (10, 70, 60), (10, 70.5, 60.5),
     (10, 3610, 3600)],
    ids=["no-time", "never-pulled", "a-second", "below", "at-minimum", "above", "hour"],
)  # fmt: skip
def test_billing(start, end, billed):
    """Per second from the image pull on, one minute at least (fargate-billing)."""
    assert billed_seconds(start, end, 60.0) == billed


@given(SECONDS, SECONDS, SECONDS)
def test_longer_is_never_cheaper(start, life, more):
    """A task that lives longer is billed for at least as much, and at least for its life."""
    here = billed_seconds(start, start + life, 60.0)
    assert here <= billed_seconds(start, start + life + more, 60.0) + 1e-9
    assert here >= (start + life) - start


@pytest.mark.parametrize(
    ("architecture", "tasks", "vcpu", "gb", "dollars_per_hour"),
    [
        ("x86_64", 6, 1, 2, 0.296),
        ("arm64", 6, 1, 2, 0.237),
        ("x86_64", 6, 1, 0, 0.243),
        ("x86_64", 60, 4, 8, 11.85),
        ("x86_64", 60, 4, 16, 13.98),
        ("x86_64", 60, 4, 30, 17.72),
        ("arm64", 60, 4, 8, 9.48),
        ("arm64", 60, 4, 30, 14.18),
    ],
    ids=lambda value: f"fargate-prices-{value}",
)
def test_prices(architecture, tasks, vcpu, gb, dollars_per_hour):
    """What fleets cost in us-east-1, to the digits that the price list gives."""
    price = FARGATE[architecture]
    per_task = hourly_price(vcpu, gb, price.vcpu_hour, price.gb_hour)
    digits = 3 if dollars_per_hour < 1 else 2
    assert round(tasks * per_task, digits) == dollars_per_hour


@pytest.mark.parametrize(
    ("architecture", "vcpu", "gb"), [("x86_64", 0.04048, 0.004445), ("arm64", 0.03238, 0.00356)]
)
def test_price_list(architecture, vcpu, gb):
    """A vCPU-hour and a GB-hour (fargate-prices), and the minute of fargate-billing."""
    assert (FARGATE[architecture].vcpu_hour, FARGATE[architecture].gb_hour) == (vcpu, gb)
    assert BILLED_MINIMUM == 60


def test_one_deployment():
    """Six more tasks of 1 vCPU and 2 GB for an hour of termination wait cost about 30 cents."""
    hourly = hourly_price(1, 2, 0.04048, 0.004445)
    assert dollars(6 * billed_seconds(0.0, 3600.0, 60.0), hourly) == pytest.approx(0.30, abs=0.01)


def test_an_hour_costs_its_price():
    """And half a minute the hundred-and-twentieth part of it."""
    assert dollars(3600.0, 0.3) == 0.3
    assert dollars(30.0, 1.2) == 0.01


@given(SECONDS, SECONDS, st.floats(0, 10))
def test_dollars_add_up(first, second, hourly):
    """The bill of two tasks is the sum of their bills."""
    together = dollars(first + second, hourly)
    assert dollars(first, hourly) + dollars(second, hourly) == pytest.approx(together)
