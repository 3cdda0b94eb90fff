"""Timers with drawn delays."""

from simdeploy.draws import ALARM_POLL
from simdeploy.model import delays, timers
from simdeploy.model.accessors import start_timer
from tests.model.states import at_command, record
from tests.model.transitions import between, changed_by, drawn


def test_delay_comes_from_the_named_draw_of_the_row():
    """A timer is due at now plus the row's distribution at the draw of that name."""
    m = record()
    s = at_command(m)
    s.world.now = 100.0
    m.distributions[delays.TYPES] = between(10.0, 30.0)
    changed = changed_by(
        s.world, start_timer, m, s, timers.ALARMS + 3, delays.TYPES, ALARM_POLL, 2, 5
    )
    assert changed == {f"timers[{timers.ALARMS + 3}]": 110.0 + 20.0 * drawn(s, ALARM_POLL, 2, 5)}
