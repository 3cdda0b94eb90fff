"""What targets can serve, of a revision and of a target group."""

import pytest

from simdeploy.model.capacities import group_capacity, revision_capacities
from simdeploy.semantics.state import NEW, OLD
from tests.model.states import at_command, record


@pytest.fixture
def m():
    """Each task can serve 60 requests/s."""
    return record()


@pytest.fixture
def s(m):
    """Cohort 0 has six old targets, cohort 1 two new ones."""
    s = at_command(m)
    c, s.world.n_cohorts = s.cohorts[1], 2
    c.n_targets, c.revision, c.is_answering, c.ramp = 2, NEW, 1, 1
    return s


def test_the_capacity_of_a_revision(m, s):
    """Targets that answer, at their own pace."""
    m.releases[1].pace[0], m.capacity[1] = [1, 0], 20.0
    assert revision_capacities(m, s) == (360.0, 40.0)
    s.cohorts[1].is_answering = 0
    assert revision_capacities(m, s)[NEW] == 0.0
    s.cohorts[1].is_answering, s.cohorts[1].n_targets = 1, 1
    assert revision_capacities(m, s)[NEW] == 20.0


def test_capacities_of_cohorts_add_up(m, s):
    """Of one revision."""
    s.cohorts[1].revision = OLD
    assert revision_capacities(m, s)[OLD] == 480.0


def test_the_capacity_of_a_group(m, s):
    """That of its revision where there are two groups, else that of both."""
    assert group_capacity(m, 0, *revision_capacities(m, s)) == 480.0
    m.n_groups = 2
    assert [group_capacity(m, g, *revision_capacities(m, s)) for g in (0, 1)] == [360.0, 120.0]
