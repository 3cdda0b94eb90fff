"""Plain objects: the same fields as the records of compiled code, and the same numbers."""

import numpy as np
import pytest

from simdeploy.engines import encoded
from simdeploy.model.fields.memory import RunArrays, new_records
from simdeploy.model.fields.plain import CLASSES, RunState, plain, structured
from simdeploy.model.fields.run import RESULT
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


def test_results_become_an_array():
    """Objects with the numbers of runs become a structured array, field by field."""
    first = CLASSES["Result"]()
    first.failed_requests, first.verdict = 12.5, 3
    array = structured([first], RESULT)
    assert (array["failed_requests"][0], array["verdict"][0]) == (12.5, 3)
    assert array.dtype == RESULT.dtype


def test_new_records_are_zero():
    """Memory for records begins with zeros."""
    assert not new_records(RESULT).view(np.uint8).any()
