"""Where findings stand: in the file itself, in a file that it extends, in a value of --set."""

from pathlib import Path

from simdeploy.checking.places import in_tree
from simdeploy.scenario.loading import load_tree


def place(*paths, name="stuck-deployment", overrides=()):
    """Return the place of the first of some paths in a story of the gallery."""
    return in_tree(load_tree(name, overrides=overrides))(paths)


def line(file, number):
    """Return a line of a file."""
    return Path(file).read_text(encoding="utf-8").splitlines()[number - 1]


def test_a_value_of_the_file_itself():
    """File and line of the value."""
    found = place("strategies.rolling.maximum_percent")
    assert found.file.endswith("stuck-deployment.yaml")
    assert "maximum_percent: 110" in line(found.file, found.line)


def test_a_value_of_the_extended_file():
    """The base file's line, also of an item of a list by its name."""
    found = place("alarms.checkout-5xx.threshold")
    assert found.file.endswith("checkout-api.yaml")
    assert "threshold: 1%" in line(found.file, found.line)


def test_the_first_path_that_is_there():
    """The strategy has no breaker of its own, the defaults have one."""
    found = place("strategies.rolling.circuit_breaker.enable", "defaults.circuit_breaker")
    assert found.path == "defaults.circuit_breaker"
    assert "circuit_breaker:" in line(found.file, found.line)


def test_a_value_that_is_not_there():
    """The deepest block on the way to it, under the path that was wanted."""
    found = place("strategies.canary.wait")
    assert found.path == "strategies.canary.wait"
    assert "canary:" in line(found.file, found.line)


def test_a_value_of_an_option():
    """A value of --set has no line."""
    found = place("traffic.rate", overrides=["traffic.rate=300"])
    assert (found.file, found.line) == ("--set traffic.rate=300", 0)
