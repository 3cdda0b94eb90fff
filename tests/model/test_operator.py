"""The operator on call: what starts and stops the clock, and what each timer leads to."""

import pytest

from simdeploy.draws import OPERATOR_DECIDES, OPERATOR_NOTICES, OPERATOR_TYPES, SILENT
from simdeploy.model import delays, sums, timers
from simdeploy.model.operator import (
    decide,
    give_command,
    on_operator_timer,
    on_patience_timer,
    sees_trouble,
    update_operator,
    watch_silent_faults,
)
from simdeploy.semantics.operator import (
    DECIDES,
    DONE,
    IDLE,
    IMAGE_GONE,
    NOTICES,
    REFUSED,
    SAME_IMAGE,
    TYPES,
    WORKS,
)
from simdeploy.semantics.plan import BY_ALARM, BY_OPERATOR, ORDERED, ROLLING_OUT
from simdeploy.semantics.state import NEVER, NEW
from tests.model.states import at_command, record
from tests.model.transitions import after, between, changed_by, drawn

DUE = f"timers[{timers.OPERATOR}]"


@pytest.fixture
def m():
    """Return the record of a service whose operator notices when 5 % fail or are slow."""
    m = record()
    m.has_operator, m.noticed_share, m.retry_after = 1, 0.05, 60.0
    for row in (delays.NOTICES, delays.DECIDES, delays.TYPES):
        m.distributions[row] = between(0.0, 1.0)
    return m


@pytest.fixture
def s(m):
    """Return its state 100 s after the command, without trouble."""
    s = at_command(m)
    s.world.now = 100.0
    s.world.slow_share = 0.0
    return s


#: The operator begins to notice.
def noticing(s):
    """Return what changes when the operator begins to notice."""
    return {"operator": NOTICES, DUE: 100.0 + drawn(s, OPERATOR_NOTICES, 0, 0)}


@pytest.mark.parametrize(
    ("world", "sees"),
    [
        ({}, False),
        ({"failing_share": 0.049, "slow_share": 0.049}, False),
        ({"failing_share": 0.05}, True),
        ({"slow_share": 0.05}, True),
        ({"failing_share": 0.25, "failing_before": 0.21}, False),
        ({"failing_share": 0.25, "failing_before": 0.2}, True),
        ({"slow_share": 0.25, "slow_before": 0.21}, False),
        ({"slow_share": 0.25, "slow_before": 0.2}, True),
        ({"silent_noticed": 1}, False),
        ({"exposed_rate": 1.0}, False),
        ({"silent_noticed": 1, "exposed_rate": 0.5}, True),
    ],
    ids=str,
)
def test_trouble(m, s, world, sees):
    """Enough more failing or slow arrivals than before the command, or a noticed silent fault."""
    for name, value in world.items():
        setattr(s.world, name, value)
    assert bool(sees_trouble(m, s)) is sees


@pytest.fixture
def silent(m, s):
    """Return a state in which users meet a release with two silent faults."""
    f = m.releases[1]
    f.n_silent = 2
    f.silent_rows[0], f.silent_rows[1] = 40, 41
    m.distributions[40] = m.distributions[41] = between(0.0, 3600.0)
    s.world.new_code_rate = 0.5
    return s


def test_silent_faults_are_noticed_some_time_after_users_meet_them(m, silent):
    """The first of two draws, one per fault, is when somebody notices."""
    draws = [100.0 + 3600.0 * drawn(silent, SILENT, 1, k) for k in (0, 1)]
    assert changed_by(silent.world, watch_silent_faults, m, silent) == {
        f"timers[{timers.SILENT}]": min(draws)
    }
    silent.world.timers[timers.SILENT] = NEVER
    earlier = draws.index(min(draws))
    m.distributions[40 + earlier] = after(5000.0)
    watch_silent_faults(m, silent)
    assert silent.world.timers[timers.SILENT] == max(draws)


def test_each_release_is_noticed_by_its_own_draw(m, silent):
    """The second release of a chain does not repeat the draw of the first."""
    m.releases[2].n_silent = 1
    m.releases[2].silent_rows[0] = 40
    silent.world.generation[NEW] = 2
    watch_silent_faults(m, silent)
    assert silent.world.timers[timers.SILENT] == 100.0 + 3600.0 * drawn(silent, SILENT, 2, 0)


def test_silent_fault_without_users_is_not_noticed(m, silent):
    """Without a request on the new code nothing happens."""
    silent.world.new_code_rate = 0.0
    assert changed_by(silent.world, watch_silent_faults, m, silent) == {}


def test_silent_fault_is_noticed_once(m, silent):
    """Neither a timer under way nor a fault noticed starts another timer."""
    silent.world.timers[timers.SILENT] = 500.0
    m.distributions[40] = m.distributions[41] = after(1.0)
    assert changed_by(silent.world, watch_silent_faults, m, silent) == {}
    silent.world.timers[timers.SILENT], silent.world.silent_noticed = NEVER, 1
    assert changed_by(silent.world, watch_silent_faults, m, silent) == {}


def test_release_without_silent_faults(m, silent):
    """Nothing is to be noticed."""
    m.releases[1].n_silent = 0
    assert changed_by(silent.world, watch_silent_faults, m, silent) == {}


def test_trouble_starts_the_clock(m, s):
    """An idle operator begins to notice."""
    s.world.failing_share = 0.05
    assert changed_by(s.world, update_operator, m, s) == noticing(s)


@pytest.mark.parametrize(
    "world",
    [
        {"failing_share": 0.0},
        {"rollback_reason": BY_ALARM},
        {"operator": NOTICES},
        {"operator": DONE},
        {"operator": DECIDES, "failing_share": 0.0},
        {"operator": TYPES, "failing_share": 0.0},
        {"operator": NOTICES, "failing_share": 0.0, "is_impatient": 1},
    ],
    ids=str,
)
def test_clock_goes_on(m, s, world):
    """Without trouble, in a rollback, or once under way, the clock neither starts nor stops."""
    for name, value in {"failing_share": 0.5, **world}.items():
        setattr(s.world, name, value)
    s.world.timers[timers.OPERATOR] = 130.0
    assert changed_by(s.world, update_operator, m, s) == {}


def test_trouble_that_passes_stops_the_clock(m, s):
    """Before trouble is noticed it can pass by itself."""
    s.world.operator, s.world.timers[timers.OPERATOR] = NOTICES, 130.0
    assert changed_by(s.world, update_operator, m, s) == {"operator": IDLE, DUE: NEVER}


def test_without_an_operator_there_is_no_clock(m, s):
    """Nobody on call notices nothing."""
    m.has_operator, s.world.failing_share = 0, 1.0
    assert changed_by(s.world, update_operator, m, s) == {}


def test_hanging_deployment_starts_the_clock(m, s):
    """Out of patience, an idle operator notices; one who is busy goes on."""
    assert changed_by(s.world, on_patience_timer, m, s) == {"is_impatient": 1} | noticing(s)
    s.world.operator, s.world.is_impatient, s.world.timers[timers.OPERATOR] = DECIDES, 0, 130.0
    assert changed_by(s.world, on_patience_timer, m, s) == {"is_impatient": 1}


def test_noticed_trouble_is_decided_on(m, s):
    """After noticing, the operator takes time to decide."""
    s.world.operator = NOTICES
    assert changed_by(s.world, on_operator_timer, m, s) == {
        "operator": DECIDES,
        DUE: 100.0 + drawn(s, OPERATOR_DECIDES, 0, 0),
    }


def test_decision_is_typed(m, s):
    """The decision counts now; the command follows after the time to type it."""
    w = s.world
    w.operator, w.failing_share, w.sums[sums.APP] = DECIDES, 0.5, 40.0
    assert changed_by(w, on_operator_timer, m, s) == {
        "operator": TYPES,
        "decision_at": 100.0,
        "failed_at_decision": 40.0,
        DUE: 100.0 + drawn(s, OPERATOR_TYPES, 0, 0),
    }


@pytest.mark.parametrize(
    "world",
    [
        {},
        {"failing_share": 0.5, "phase": ORDERED},
        {"failing_share": 0.5, "rollback_reason": BY_ALARM},
        {"is_impatient": 1, "rollback_reason": BY_ALARM},
    ],
    ids=str,
)
def test_operator_stands_down(m, s, world):
    """Nothing wrong any more, or nothing left to undo: the operator is idle again."""
    for name, value in {"operator": DECIDES, "phase": ROLLING_OUT, **world}.items():
        setattr(s.world, name, value)
    decide(m, s)
    assert (s.world.operator, s.world.is_impatient) == (IDLE, 0)
    assert s.world.decision_at == NEVER
    assert s.world.timers[timers.OPERATOR] == NEVER


def test_impatience_is_reason_enough(m, s):
    """A deployment that hangs is undone although nothing fails."""
    s.world.operator, s.world.is_impatient = DECIDES, 1
    decide(m, s)
    assert (s.world.operator, s.world.is_impatient) == (TYPES, 1)


def test_typed_command_rolls_back(m, s):
    """The timer after typing gives the command."""
    s.world.operator, s.world.timers[timers.OPERATOR] = TYPES, 100.0
    on_operator_timer(m, s)
    assert (s.world.operator, s.world.commands_given) == (DONE, 1)
    assert s.world.rollback_reason == BY_OPERATOR
    assert s.world.timers[timers.OPERATOR] == NEVER


@pytest.mark.parametrize("first", [REFUSED, SAME_IMAGE])
def test_command_without_effect_is_repeated(m, s, first):
    """A first command that does nothing is followed by another 60 s later."""
    m.first_command, s.world.operator = first, TYPES
    assert changed_by(s.world, give_command, m, s) == {"commands_given": 1, DUE: 160.0}
    give_command(m, s)
    assert (s.world.operator, s.world.commands_given) == (DONE, 2)
    assert s.world.rollback_reason == BY_OPERATOR
    assert s.world.old_image_back_at == 0.0


@pytest.mark.parametrize(
    ("first", "given", "back"), [(IMAGE_GONE, 0, 160.0), (IMAGE_GONE, 1, 0.0), (WORKS, 0, 0.0)]
)
def test_missing_image_is_back_some_time_after_the_first_command(m, s, first, given, back):
    """Where the old image is gone, the first command has it restored 60 s later."""
    m.first_command, s.world.commands_given = first, given
    give_command(m, s)
    assert s.world.old_image_back_at == back
    assert s.world.rollback_reason == BY_OPERATOR
    assert s.world.commands_given == given + 1
