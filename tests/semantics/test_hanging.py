"""Requests at a task that hangs."""

import pytest

from simdeploy.semantics.hanging import gives_up_after


@pytest.mark.parametrize(
    ("client", "idle", "seconds"), [(10.0, 60.0, 10.0), (60.0, 60.0, 60.0), (90.0, 60.0, 60.0)]
)
def test_who_gives_up_first(client, idle, seconds):
    """The client leaves (460), or the load balancer answers 504 at its idle timeout."""
    assert gives_up_after(client, idle) == seconds
