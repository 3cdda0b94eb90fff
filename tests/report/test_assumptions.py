"""What a file leaves open is listed with its path and value."""

from pydantic import BaseModel

from simdeploy.report.assumptions import assumptions, tell


class Check(BaseModel):
    """A block with two values."""

    interval: float = 30.0
    timeout: float = 5.0


class Small(BaseModel):
    """A small scenario."""

    name: str
    check: Check = Check()
    strategies: dict[str, Check] = {}
    operator: Check | None = None
    fail_open: bool = True


def test_only_what_was_not_given_is_listed():
    """A given value is no assumption, its neighbors in the same block are; what is off is not."""
    made = Small(name="x", check=Check(interval=10), strategies={"rolling": Check(timeout=2)})
    assert assumptions(made) == {
        "check.timeout": 5.0, "strategies.rolling.interval": 30.0, "fail_open": True,
    }  # fmt: skip


def test_a_block_that_is_missing_is_listed_value_by_value():
    """A block left out is told by each of its values."""
    assert tell(Small(name="x", fail_open=False)).splitlines()[1:] == [
        "  check.interval  30",
        "  check.timeout   5",
    ]


def test_a_full_file_has_no_assumptions():
    """When everything is given, that is said."""
    full = Small(name="x", check=Check(interval=1, timeout=2), fail_open=True)
    assert tell(full) == "Every value is given in the file."
