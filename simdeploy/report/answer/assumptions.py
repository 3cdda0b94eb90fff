"""The values at their defaults as lines, and how they are written."""

from pydantic_core import to_jsonable_python

from simdeploy.distributions.base import Distribution
from simdeploy.scenario.assumed import assumptions
from simdeploy.scenario.model import Scenario

HEAD = "Not given in the file, so at its default (times in seconds, percents 0-100, shares 0-1):"


def render_assumptions(scenario: Scenario) -> str:
    """Return the values at their defaults as lines of path and value."""
    values = assumptions(scenario)
    if not values:
        return "Every value is given in the file."
    width = min(60, max(map(len, values))) + 2
    return "\n".join([HEAD, *(f"  {path:<{width}}{written(v)}" for path, v in values.items())])


def plain(value: object) -> object:
    """Return a value as the JSON has it: a distribution as its fields, else as it is."""
    return to_jsonable_python(value, by_alias=True, inf_nan_mode="strings")


def written(value: object) -> str:
    """Return a value as a file would write it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Distribution):
        return _distribution(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _distribution(value: Distribution) -> str:
    """Return a distribution in words: ``uniform: low 5, high 60``; a constant as its number."""
    fields = {name.rstrip("_"): getattr(value, name) for name in type(value).model_fields}
    numbers = {name: number for name, number in fields.items() if isinstance(number, float)}
    if list(numbers) == ["value"]:
        return f"{numbers['value']:g}"
    return f"{value.kind}: {', '.join(f'{name} {number:g}' for name, number in numbers.items())}"
