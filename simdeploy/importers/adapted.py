"""Objects that an adapter made with AWS's API names, and values that a file leaves open."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from simdeploy.importers.page import Assumption

#: The path of notes on parameters that have their defaults; they are listed together.
PARAMETERS = "parameters"
_LINE = re.compile(r".*:(\d+)")
_ADDRESS = re.compile(r".* \((.+)\)")


class Reason(str):
    """Why a value is assumed although its files speak of it: they leave it open."""

    __slots__ = ()


class Open(NamedTuple):
    """A value that a file leaves open.

    Parameters
    ----------
    why
        What decides it, such as "parameter Grace has no default; give --parameter Grace=VALUE".
    place
        Where it stands: "file:line", or "file (address)".
    """

    why: str
    place: str

    @property
    def words(self) -> Reason:
        """Return place and reason, without the file.

        >>> Open("is made by a custom resource", "api.yaml:5").words
        'line 5: is made by a custom resource'
        >>> Open("known after apply", "plan.json (aws_lb.public)").words
        'aws_lb.public: known after apply'
        """
        where = spoken(self.place)
        return Reason(f"{where}: {self.why}" if where else self.why)


class Adapted(dict[str, Any]):
    """An object with AWS's API names, and where each of its keys stands in the file.

    Nested objects that an adapter makes are of this class, too.

    Parameters
    ----------
    content
        The object.
    place
        Where it stands as a whole: "file:line", or "file (address)".
    places
        Where its keys stand; that of the whole for keys that are not in it.

    Attributes
    ----------
    notes : tuple of Assumption
        What the adapter says about the object: a value that stands in no file, by its path in the
        scenario; or, without a value, what a scenario cannot say.
    origins : dict
        Where the values of keys come from, in words for an error.
    """

    def __init__(
        self, content: Mapping[str, Any], place: str, places: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(content)
        self.place = place
        self.places = dict(places or {})
        self.notes: tuple[Assumption, ...] = ()
        self.origins: dict[str, str] = {}

    def place_of(self, key: str) -> str:
        """Return where a key stands; the object itself for an empty key.

        >>> made = Adapted({"desiredCount": 2}, "api.yaml:3", {"desiredCount": "api.yaml:7"})
        >>> made.place_of("desiredCount"), made.place_of("")
        ('api.yaml:7', 'api.yaml:3')
        """
        return self.places.get(key, self.place)


def spoken(place: str) -> str:
    """Return a place without its file; nothing if that is all.

    >>> spoken("api.yaml:5"), spoken("plan.json (aws_lb.public)"), spoken("api.yaml")
    ('line 5', 'aws_lb.public', '')
    """
    if match := _LINE.fullmatch(place):
        return f"line {match[1]}"
    match = _ADDRESS.fullmatch(place)
    return match[1] if match else ""
