"""A run whose numbers are known: machine code that gives other bits is not used.

``known_run.json`` holds the scenario record that is played, as ``python -m
simdeploy.engines.jit.known_run`` writes it from `SCENARIO_FILE`. Its traffic is so thin that counts
of requests are subnormal numbers, and a container takes a subnormal time to start: rounding that
differs from IEEE 754 shows there first. Tables of more than `LINE` numbers are straight lines in
it, since what they hold does not matter here; zeros are left out.
"""

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simdeploy.errors import SimdeployError
from simdeploy.model.constants import RELEASE
from simdeploy.model.fields.memory import new_arrays
from simdeploy.model.fields.plain import CLASSES, RunState, plain, structured
from simdeploy.model.fields.run import RESULT
from simdeploy.model.fields.scenario import SCENARIO

FILE = "known_run.json"
#: Longer arrays of numbers are written as a straight line from the first to the last.
LINE = 12
#: Replication, its seed, and how many tasks alive at once its memory has room for.
SEED, REPLICATION, ROOM = 1, 0, 32

SCENARIO_FILE: dict[str, Any] = {
    "name": "known-run",
    "platform": "custom",
    "service": {
        "desired_count": 3,
        "capacity_rps": 60,
        "startup": {
            "provisioning": {"distribution": "lognormal", "median": 15, "p95": 18},
            "pull": {"distribution": "exponential", "mean": 20},
            "container_start": {"distribution": "lognormal", "median": 1e-310, "p95": 3e-310},
            "boot": {"distribution": "uniform", "low": 4, "high": 9},
        },
        "shutdown": 5,
    },
    "target_group": {"health_check": {"interval": 10}, "deregistration_delay": 60},
    "traffic": {"rate": 1e-314, "sampled": False},
    "release": {
        "faults": [
            {"kind": "boot_crash", "probability": 0.5, "after": 20},
            {"kind": "errors", "rate": 0.3},
        ]
    },
    "alarms": [{"name": "errors", "metric": "any_5xx_rate", "threshold": 0.01, "period": 60}],
    "defaults": {"circuit_breaker": {"enable": True, "rollback": True}, "alarms": ["errors"]},
    "strategies": {"rolling": {"type": "rolling"}},
    "horizon": 7200,
}


@cache
def known_record() -> NDArray[np.void]:
    """Return the scenario record of the known run, as an array of one."""
    return record_from(json.loads(files(__package__).joinpath(FILE).read_text(encoding="utf-8")))


def record_from(numbers: dict[str, Any]) -> NDArray[np.void]:
    """Return a scenario record with these numbers, by their paths, and zeros elsewhere.

    Raises
    ------
    SimdeployError
        For a path that records do not have, or no longer.
    """
    record = np.zeros(1, SCENARIO.dtype)
    for path, value in numbers.items():
        *outer, last = (int(word) if word.isdigit() else word for word in path.split("/"))
        place: Any = record[0]
        try:
            for word in outer:
                place = place[word]
            place[last] = value_of(value, place[last])
        except (ValueError, IndexError) as error:
            command = "python -m simdeploy.engines.jit.known_run"
            raise SimdeployError(f"{FILE}: {path}: {error}; run {command}") from error
    return record


def value_of(value: Any, field: Any) -> Any:
    """Return the numbers of a field: as written, zeros after a list, or a straight line."""
    if isinstance(value, dict):
        first, last = value["line"]
        return line(first, last, field.size)
    if isinstance(value, list):
        return value + [0] * (field.size - len(value))
    return value


def line(first: float, last: float, n: int) -> NDArray[np.float64]:
    """Return ``n`` numbers from ``first`` to ``last``, the same bits everywhere.

    >>> line(1.0, 2.0, 3).tolist()
    [1.0, 1.5, 2.0]
    """
    return np.array([first + (last - first) * (k / (n - 1)) for k in range(n)])


def expected_row() -> bytes:
    """Return the result of the known run, played as plain Python."""
    from simdeploy.engines.kernel.loop import run_range  # noqa: PLC0415  only to build

    out: list[Any] = [CLASSES["Result"]()]
    record: Any = plain(known_record()[0], SCENARIO)
    state: Any = RunState(ROOM)
    run_range(record, state, SEED, REPLICATION, REPLICATION + 1, RELEASE, out)
    return structured(out, RESULT).tobytes()


def row_of(run_range: Any) -> bytes:
    """Return the result of the known run, played by machine code."""
    out = np.zeros(1, RESULT.dtype)
    record, state = known_record()[0], new_arrays(ROOM)
    run_range(record, state, SEED, REPLICATION, REPLICATION + 1, RELEASE, out)
    return out.tobytes()


def main() -> None:
    """Write the file anew."""
    from simdeploy.encode import encode  # noqa: PLC0415  scipy, and only here
    from simdeploy.scenario import Scenario  # noqa: PLC0415  likewise

    record: Any = encode(Scenario.model_validate(SCENARIO_FILE), "rolling")
    numbers = leaves(np.asarray(record), "")
    lines = ",\n".join(f"{json.dumps(path)}: {json.dumps(value)}" for path, value in numbers)
    Path(__file__).with_name(FILE).write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


def leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield path and value of every number of a record that is not zero, arrays in one."""
    if value.dtype.names:
        if value.shape:
            for k in range(value.shape[0]):
                yield from leaves(value[k], f"{path}/{k}")
        else:
            for name in value.dtype.names:
                yield from leaves(value[name], f"{path}/{name}" if path else name)
    elif value.ndim > 1:
        for k in range(value.shape[0]):
            yield from leaves(value[k], f"{path}/{k}")
    elif value.any():
        numbers = np.trim_zeros(value, "b").tolist() if value.ndim else value.item()
        is_long = value.ndim and len(numbers) > LINE
        yield path, {"line": [float(value[0]), float(value[-1])]} if is_long else numbers


if __name__ == "__main__":
    main()
