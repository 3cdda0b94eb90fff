"""What a scenario file leaves open: every value that stands at its default, by its path."""

from collections.abc import Iterator, Mapping
from typing import Any

HEAD = "Not given in the file, so at its default (times in seconds, percents 0-100, shares 0-1):"


def assumptions(scenario: Any) -> dict[str, Any]:
    """Return the values that no file gave, by their dotted paths; what is off is left out."""
    return dict(_open(scenario, "", given=True))


def _open(value: Any, path: str, *, given: bool) -> Iterator[tuple[str, Any]]:
    """Walk a model, or a mapping of models; ``given`` says whether a file named this value."""
    if hasattr(type(value), "model_fields") and not hasattr(value, "mean"):
        for name in type(value).model_fields:
            named = given and name in value.model_fields_set
            yield from _open(getattr(value, name), _join(path, name), given=named)
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from _open(one, _join(path, str(name)), given=given)
    elif not given and value is not None and value not in ((), [], ""):
        yield path, value


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def tell(scenario: Any) -> str:
    """Return the open values as lines of path and value."""
    found = assumptions(scenario)
    if not found:
        return "Every value is given in the file."
    wide = max(map(len, found)) + 2
    return "\n".join([HEAD, *(f"  {path:<{wide}}{_plain(v)}" for path, v in found.items())])


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
