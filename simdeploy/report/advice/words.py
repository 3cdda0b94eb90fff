"""Words of the recommendation: money by the month, values by name, shares of releases."""

from math import floor, log10

from simdeploy.advice.expected import Crossing, Estimate
from simdeploy.report.words import duration, money, one_decimal, short_count, text_range

#: Values of the mix in words; those of a row of faults are `value_name`'s.
VALUES = {
    "releases_per_month": "the number of releases a month",
    "prices.failed_request": "what a failed request costs",
    "prices.outage_minute": "what a minute of outage costs",
    "prices.wrong_answer": "what a wrong answer costs",
    "prices.cut_connection": "what a cut connection costs",
    "prices.slow_request": "what a slow request costs",
    "prices.engineer_hour": "what an engineer's hour costs",
    "prices.hours.machine": "the hours of work after a release that a machine undid",
    "prices.hours.person": "the hours of work after a release that a person undid",
    "prices.hours.left": "the hours of work after a bad release that stayed live",
    "prices.hours.good_undone": "the hours of work after a good release that was undone",
}
#: Conditions on them: ``{}`` is "more than" or "less than" a value.
CONDITIONS = {
    "releases_per_month": "there are {} releases a month",
    "prices.failed_request": "a failed request costs {}",
    "prices.outage_minute": "a minute of outage costs {}",
    "prices.wrong_answer": "a wrong answer costs {}",
    "prices.cut_connection": "a cut connection costs {}",
    "prices.slow_request": "a slow request costs {}",
    "prices.engineer_hour": "an engineer's hour costs {}",
    "prices.hours.machine": "a release that a machine undid makes {} of work",
    "prices.hours.person": "a release that a person undid makes {} of work",
    "prices.hours.left": "a bad release that stayed live makes {} of work",
    "prices.hours.good_undone": "a good release that was undone makes {} of work",
}
#: Paths of the scenario whose values are no times.
RATES = ("traffic.rate",)


def dollars(amount: float) -> str:
    """Return an amount in three figures.

    >>> [dollars(d) for d in (420.4, 11_533, 0.31, 61.49, 0, -83.2, 9_999)]
    ['$420', '$11,500', '$0.31', '$61', '$0', '−$83', '$10,000']
    """
    if amount < 0:
        return f"−{dollars(-amount)}"
    if amount == 0:
        return "$0"
    if amount < 9.95:
        return money(amount)
    figures = 3 - (floor(log10(amount)) + 1)
    return f"${round(amount, min(figures, 0)):,.0f}"


def price(amount: float) -> str:
    """Return a price in two figures, however small.

    >>> [price(p) for p in (0.01, 0.00051389, 100.0, 4193.2, 0.0146, 1.0)]
    ['$0.01', '$0.00051', '$100', '$4,200', '$0.015', '$1']
    """
    if amount <= 0:
        return dollars(amount)
    rounded = round(amount, 1 - floor(log10(amount)))
    decimals = max(0, 1 - floor(log10(rounded)))
    text = f"{rounded:,.{decimals}f}"
    return f"${text.rstrip('0').rstrip('.') if '.' in text else text}"


def of_100(share: float) -> str:
    """Return how many of 100 releases a share is, in two figures.

    >>> of_100(0.09), of_100(0.0036), of_100(0.0283), of_100(0.00002), of_100(1.0)
    ('9', '0.36', '2.8', '0.002', '100')
    """
    if share <= 0:
        return "0"
    value = 100 * share
    figures = 1 - floor(log10(value))
    text = f"{round(value, figures):.{max(0, figures)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def in_100(share: float) -> str:
    """Return a share of releases as so many in 100.

    >>> in_100(0.015)
    '1.5 in 100'
    """
    return f"{of_100(share)} in 100"


def interval(estimate: Estimate) -> str:
    """Return a 95 % interval as a range; a dash where there is none."""
    if estimate.ci95 is None:
        return "–"
    return text_range(*map(dollars, estimate.ci95))


def value_name(path: str) -> str:
    """Return what a value is, in words.

    >>> value_name("likelihoods.leak"), value_name("operator.patience")
    ('how many releases are "leak"', 'operator.patience')
    """
    block, _, name = path.partition(".")
    if block == "likelihoods":
        return f'how many releases are "{name}"'
    fixed = path.removeprefix("prices.fixed_per_month.")
    return VALUES.get(path, path if fixed == path else f"the fixed costs of {fixed}")


def value_text(path: str, value: float) -> str:
    """Return a value with its unit.

    >>> value_text("likelihoods.leak", 0.012), value_text("prices.hours.left", 4.0)
    ('1.2 in 100', '4 hours')
    """
    block, _, rest = path.partition(".")
    if block == "likelihoods":
        return in_100(value)
    if block == "prices":
        hours = f"{one_decimal(value)} hour{'' if one_decimal(value) == '1' else 's'}"
        return hours if rest.startswith("hours.") else price(value)
    if block == "releases_per_month" or path in RATES:
        return short_count(value)
    return duration(value)


def condition(crossing: Crossing, *, assumed: bool) -> str:
    """Return on which side of a value the answer turns, as a condition.

    Parameters
    ----------
    assumed
        Whether the value now is assumed, or given.

    Examples
    --------
    >>> condition(Crossing("prices.hours.left", 4.0, 5.5), assumed=True)
    'a bad release that stayed live makes more than 5.5 hours of work (assumed 4 hours)'
    >>> condition(Crossing("likelihoods.leak", 0.02, 0.01), assumed=False)
    'less than 1 in 100 releases are "leak" (now 2)'
    """
    path, now, at = crossing
    side = f"{'more' if at > now else 'less'} than {value_text(path, at)}"
    usual = of_100(now) if path.startswith("likelihoods.") else value_text(path, now)
    block, _, name = path.partition(".")
    if block == "likelihoods":
        text = f'{side} releases are "{name}"'
    elif path in CONDITIONS:
        text = CONDITIONS[path].format(side)
    elif path.startswith("prices."):
        text = f"{value_name(path)} are {side}"
    else:
        text = f"{path} is {side}"
    return f"{text} ({'assumed' if assumed else 'now'} {usual})"
