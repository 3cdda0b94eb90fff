"""Fitted keys in a scenario's file: only they change, and all of them or none."""

import pytest

from simdeploy.calibrating.clock import Clock
from simdeploy.calibrating.fitting import Fitted
from simdeploy.calibrating.into import edited
from simdeploy.calibrating.result import Calibration, Fit
from simdeploy.calibrating.sample import Sample
from simdeploy.calibrating.steps import PULL, SHUTDOWN
from simdeploy.distributions import Constant
from simdeploy.errors import ScenarioError, SimdeployError
from simdeploy.scenario import load_scenario

NOTE = "calibrated: a step, n = 3"
LOGNORMAL = {"distribution": "lognormal", "median": 31.3, "p95": 40.0}
SCENARIO = """\
# The shop.
name: shop
service:
  desired_count: 2   # two zones
  shutdown: 2s  # as seen by hand
  startup:
    image_mb: 400
    pull_mb_per_s: 15

strategies:
  rolling: {type: rolling}
"""


def calibration(*keys, step=SHUTDOWN, at=1_783_000_000.0):
    """Return a calibration that writes some keys."""
    samples = tuple(Sample(1.5, 1.5, at=at) for _ in range(9))
    fit = Fit(step, samples, Fitted(Constant(value=1.5), "all the same"), None, keys)
    return Calibration("shop", (fit,), Clock(), 9, (at, at), (), (), ("a.json",))


@pytest.fixture
def shop(tmp_path):
    """Return a scenario's file."""
    path = tmp_path / "shop.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


def test_only_the_line_of_a_key_changes(shop):
    """A key that is there gets its value and a comment; every other line stays as it was."""
    calibration(("service.shutdown", 1.5)).write(shop)
    assert shop.read_text(encoding="utf-8") == SCENARIO.replace(
        "  shutdown: 2s  # as seen by hand\n",
        "  # calibrated: SIGTERM → exit, n = 9, 2 Jul 2026\n  shutdown: 1.5  # as seen by hand\n",
    )


def test_a_key_that_is_missing_is_added_to_its_block(shop):
    """A missing key stands at the end of the innermost block of its path."""
    calibration(("service.control_plane.look_jitter", 0.2)).write(shop)
    text = shop.read_text(encoding="utf-8")
    added = (
        "    pull_mb_per_s: 15\n"
        "  control_plane:\n"
        "    # calibrated: SIGTERM → exit, n = 9, 2 Jul 2026\n"
        "    look_jitter: 0.2\n\nstrategies:\n"
    )
    assert added in text
    assert load_scenario(shop).service.control_plane.look_jitter == 0.2


def test_a_pull_stands_instead_of_its_speed(shop):
    """A pull in seconds cannot stand beside a speed, and takes its place."""
    calibration(("service.startup.pull", 8.0), step=PULL).write(shop)
    assert "pull_mb_per_s" not in shop.read_text(encoding="utf-8")
    assert load_scenario(shop).service.startup.pull_time == Constant(value=8.0)


def test_a_second_calibration_replaces_the_first(shop):
    """Writing twice leaves one comment, that of the latest dates."""
    calibration(("service.shutdown", 1.5)).write(shop)
    calibration(("service.shutdown", 1.7), at=1_785_500_000.0).write(shop)
    text = shop.read_text(encoding="utf-8")
    assert text.count("calibrated") == 1
    assert "n = 9, 31 Jul 2026\n  shutdown: 1.7  # as seen" in text


def test_nothing_is_written_that_is_no_scenario(shop):
    """With a value that the format refuses, the file stays, and the fault names the key."""
    with pytest.raises(ScenarioError, match=r"shop\.yaml: service\.desired_count: with the fitted"):
        calibration(("service.shutdown", 1.5), ("service.desired_count", -1)).write(shop)
    assert shop.read_text(encoding="utf-8") == SCENARIO
    assert [path.name for path in shop.parent.iterdir()] == ["shop.yaml"]


def test_nothing_fitted_writes_nothing(shop):
    """A calibration without a key is refused, and the file stays."""
    with pytest.raises(SimdeployError, match="nothing was fitted"):
        calibration().write(shop)


def test_line_ends_stay(shop):
    """A file with the line ends of Windows keeps them."""
    shop.write_bytes(SCENARIO.replace("\n", "\r\n").encode())
    calibration(("service.shutdown", 1.5)).write(shop)
    lines = shop.read_bytes().split(b"\n")
    assert all(line.endswith(b"\r") for line in lines[:-1])


def test_a_link_stays_a_link(shop, tmp_path):
    """A file that is reached by a link is changed where it lies."""
    link = tmp_path / "link.yaml"
    link.symlink_to(shop)
    calibration(("service.shutdown", 1.5)).write(link)
    assert link.is_symlink()
    assert "shutdown: 1.5" in shop.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: {b: {c: 1}}\n", "# calibrated: a step, n = 3\na: {b: {x: 2, c: 1}}\n"),
        ("a: {b: {x: 1s}, d: 2} # d\n", "# calibrated: a step, n = 3\na: {b: {x: 2}, d: 2} # d\n"),
        ("a: {}\n", "# calibrated: a step, n = 3\na: {b: {x: 2}}\n"),
        ("a:\n  b:\n    x:\n      y: 1\n      z: 2\n\n# end\n",
         "a:\n  b:\n    # calibrated: a step, n = 3\n    x: 2\n\n# end\n"),
        ("a:\n  b: {c: 1}\n", "a:\n  # calibrated: a step, n = 3\n  b: {x: 2, c: 1}\n"),
        ("a:\n  b:\nd: 1\n", "a:\n  # calibrated: a step, n = 3\n  b: {x: 2}\nd: 1\n"),
        ("d: 1", "d: 1\na:\n  b:\n    # calibrated: a step, n = 3\n    x: 2"),
    ],
)  # fmt: skip
def test_each_style_of_a_file_is_kept(before, after):
    """A key is set in blocks, in braces, over a block of its own, and in empty places."""
    assert edited(before, "a.b.x", 2, NOTE, "f") == after


def test_a_block_in_an_anchor_is_refused():
    """A block that is repeated elsewhere is not changed, as the other places would change, too."""
    with pytest.raises(SimdeployError, match="write it by hand"):
        edited("a: &one {b: 1}\nc: *one\n", "a.b", 2, NOTE, "f.yaml")


def test_values_are_written_as_the_format_has_them():
    """A distribution is a block in braces that the format reads."""
    text = edited("a: 1\n", "a", LOGNORMAL, NOTE, "f")
    assert "a: {distribution: lognormal, median: 31.3, p95: 40}" in text
