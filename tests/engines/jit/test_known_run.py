"""The known run: it covers what matters, and machine code gives its bits."""

import sys

import numpy as np
import pytest

from simdeploy.encode import encode
from simdeploy.engines import batch
from simdeploy.engines.jit import known_run as subject
from simdeploy.model.fields.run import RESULT
from simdeploy.model.fields.scenario import SCENARIO
from simdeploy.scenario import Scenario


@pytest.fixture(scope="module")
def row():
    """Return the result of the known run as plain Python plays it."""
    return np.frombuffer(subject.expected_row(), RESULT.dtype)[0]


def test_the_run_has_much_in_it(row):
    """New tasks fail, users are harmed, the release is decided against and taken back."""
    for name in ("failed_tasks", "bad_s", "decision_s", "rollback_s", "deployment_s", "cost_usd"):
        assert row[name] > 0.0, name


def test_the_run_holds_subnormal_numbers(row):
    """Counts of requests lie below the smallest normal number, but are not zero."""
    for name in ("requests", "failed_app", "exposed_requests"):
        assert 0.0 < row[name] < sys.float_info.min, name


@pytest.mark.skipif(not batch.is_compiling(), reason="about machine code")
def test_machine_code_gives_the_bits_of_plain_python():
    """The row that an object is checked by is the one that this machine's code gives."""
    assert subject.row_of(batch.kernel().run_range) == subject.expected_row()


def test_the_file_holds_a_record():
    """Every number that is written comes back, tables as straight lines between their ends."""
    record = np.asarray(encode(Scenario.model_validate(subject.SCENARIO_FILE), "rolling"))
    numbers = dict(subject.leaves(record, ""))
    assert numbers["desired_count"] == 3
    assert numbers["conditions/0/offered_rate"] == 1e-314
    assert any(isinstance(value, dict) for value in numbers.values())
    read = subject.record_from(numbers)[0]
    again = dict(subject.leaves(np.asarray(read), ""))
    assert again["conditions/0/offered_rate"] == 1e-314
    assert again.keys() == numbers.keys()


def test_the_known_record_has_the_shape_of_today():
    """The file's fields are those of the record."""
    assert subject.known_record().dtype == SCENARIO.dtype


@pytest.mark.parametrize("path", ["no_such_field", "plan/99999/op"])
def test_a_field_that_is_gone(path):
    """The error names the field and the command that writes the file anew."""
    with pytest.raises(subject.SimdeployError, match=rf"{path}: .*; run python -m simdeploy"):
        subject.record_from({path: 1})
