"""The person on call: when the clock starts, when it is stopped, and what commands do."""

from itertools import product

import pytest

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
    decides_against,
    has_effect,
    starts_clock,
)

STATES = {"idle": IDLE, "notices": NOTICES, "decides": DECIDES, "types": TYPES, "done": DONE}


@pytest.mark.parametrize(
    ("first", "effect"),
    [(WORKS, True), (REFUSED, False), (SAME_IMAGE, False), (IMAGE_GONE, True)],
    ids=["works", "codedeploy-in-progress-until-terminated", "ecs-stop-deployment", "image-gone"],
)
def test_the_first_command(first, effect):
    """A refused command and one that deploys the same image roll nothing back; later ones do."""
    assert has_effect(first, 0) is effect
    assert has_effect(first, 1)
    assert has_effect(first, 7)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(("troubled", "undone"), [*product([False, True], repeat=2)])
def test_the_clock_starts_once(state, troubled, undone):
    """Only an idle operator starts to notice, and only a problem that is not rolled back yet."""
    expected = state == "idle" and troubled and not undone
    assert starts_clock(STATES[state], troubled, undone) is expected


@pytest.mark.parametrize(
    ("troubled", "impatient", "possible", "nothing"),
    [
        (True, False, True, False),
        (False, True, True, False),
        (True, True, True, False),
        (False, False, True, True),
        (True, False, False, True),
        (False, True, False, True),
        (False, False, False, True),
    ],
    ids=["trouble", "impatience", "both", "passed", "too-late", "hangs-but-over", "neither"],
)
def test_a_decision_to_do_nothing(troubled, impatient, possible, nothing):
    """Trouble that has passed, or that something else undoes already, needs no command."""
    assert decides_against(troubled, impatient, possible) is nothing


def test_a_person_goes_one_way():
    """States are passed in the order of their numbers."""
    assert sorted(STATES.values()) == list(STATES.values()) == list(range(5))
