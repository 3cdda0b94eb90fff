"""What stands in for the recorder in a run of which no timeline is kept."""

from typing import Any


class NullRecorder:
    """Null object: accepts every call of a recorder and records nothing."""

    def __getattr__(self, name: str) -> Any:
        """Return a function that does nothing; asked once per name."""
        setattr(self, name, _ignore)
        return _ignore


def _ignore(*_: Any, **__: Any) -> None:
    """Do nothing."""
