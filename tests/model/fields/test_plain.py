"""Plain objects: the same fields as the records of compiled code, and the same numbers."""

import numpy as np
import pytest

from simdeploy.engines import encoded
from simdeploy.model.fields.memory import RunArrays
from simdeploy.model.fields.memory import new_records as new_array
from simdeploy.model.fields.plain import CLASSES, RunState, new_records, plain, structured
from simdeploy.model.fields.run import RESULT, TASK
from simdeploy.model.fields.scenario import SCENARIO
from simdeploy.scenario import load_scenario


def test_a_record_becomes_an_object():
    """Numbers, arrays and nested records of a scenario record keep their values."""
    model = encoded(load_scenario("bad-boot"), "rolling", "release")
    made = plain(model, SCENARIO)
    assert made.desired_count == model.desired_count
    assert made.capacity == model.capacity.tolist()
    assert made.releases[1].crash_faults[0].after_row == model.releases[1].crash_faults[0].after_row
    assert made.releases[1].error_steps[2][1].at == model.releases[1].error_steps[2, 1].at


def test_an_unknown_field_is_an_error():
    """A misspelled field is refused where it is written."""
    with pytest.raises(AttributeError):
        CLASSES["Task"]().revison = 1


def test_a_state_has_the_arrays_of_compiled_code():
    """Every part of a run's state is there, with a length."""
    state = RunState(3)
    assert all(hasattr(state, name) for name in RunArrays._fields)
    assert state.tasks.shape == (3,)


def test_records_are_made_when_they_are_asked_for():
    """A record is made once and kept; an index counts as in an array, and has its bounds."""
    tasks = new_records(TASK, 3)
    assert len(tasks) == 0
    tasks[2].serial = 7
    assert (tasks[2].serial, tasks[-1].serial, tasks[0].serial, len(tasks)) == (7, 7, 0, 2)
    for beyond in (3, -4):
        with pytest.raises(IndexError):
            tasks[beyond]


def test_zeros_are_whole_where_numbers_are():
    """Counts begin with whole zeros, other numbers with real ones, also in arrays."""
    world = CLASSES["World"]()
    assert (repr(world.phase), repr(world.now)) == ("0", "0.0")
    assert [repr(x) for x in (world.healthy[1], world.sums[0], world.latency_counts[1][2])] == [
        "0",
        "0.0",
        "0.0",
    ]
    world.latency_counts[0][0] = 1.0
    assert world.latency_counts[1][0] == 0.0


def test_results_become_an_array():
    """Objects with the numbers of runs become a structured array, field by field."""
    first = CLASSES["Result"]()
    first.failed_requests, first.verdict = 12.5, 3
    array = structured([first], RESULT)
    assert (array["failed_requests"][0], array["verdict"][0]) == (12.5, 3)
    assert array.dtype == RESULT.dtype


def test_new_records_are_zero():
    """Memory for records begins with zeros."""
    assert not new_array(RESULT).view(np.uint8).any()
