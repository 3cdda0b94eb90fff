"""`extends`, `--set`, and `defaults`."""

import pytest

from simdeploy.errors import ScenarioError
from simdeploy.scenario import load_scenario

BASE = """\
name: base
service: {desired_count: 4, request_time: {distribution: lognormal, median: 80ms, p95: 300ms}}
traffic: {rate: 50, client_timeout: 5s}
operator: {notices: 1m}
alarms: [{name: x, metric: any_5xx_rate, threshold: 1%}]
defaults: {alarms: [x]}
strategies:
  rolling: {type: rolling, minimum_healthy_percent: 50}
  canary: {type: canary, percent: 20, wait: 10m}
"""


@pytest.fixture
def child(tmp_path):
    """Write a file that extends the base, and load it."""
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "b.yaml").write_text(BASE)

    def load(text="", *overrides):
        file = tmp_path / "child.yaml"
        file.write_text(f"name: child\nextends: base/b.yaml\n{text}")
        return load_scenario(file, overrides=overrides)

    return load


@pytest.fixture
def faults(child):
    """Load, and return the lines of what is wrong."""

    def fault(*args):
        with pytest.raises(ScenarioError) as caught:
            child(*args)
        return str(caught.value)

    return fault


def test_the_base_is_merged_below(child):
    """Mappings merge deeply; what the child says wins."""
    one = child("traffic: {client_timeout: 9s}")
    assert (one.name, one.service.desired_count) == ("child", 4)
    assert (one.traffic.rate, one.traffic.client_timeout) == (50, 9)


def test_lists_replace(child):
    """A list is not merged item by item."""
    text = "alarms: [{name: y, metric: cpu, threshold: 80}]\ndefaults: {alarms: [y]}"
    assert [alarm.name for alarm in child(text).alarms] == ["y"]


def test_null_removes_a_strategy(child):
    """A child can leave a strategy of the base out."""
    assert list(child("strategies: {canary: null}").strategies) == ["rolling"]


def test_null_takes_away(child):
    """Null is nobody on call, or a block as if left out."""
    one = child("operator: null\ntraffic: null")
    assert one.operator is None
    assert one.traffic.rate == 100


@pytest.mark.parametrize(
    ("text", "read", "value"),
    [
        ("traffic: {steps: [{at: 0, rate: 7}]}", lambda s: s.traffic.steps[0].rate, 7),
        ("service: {request_time: {distribution: exponential, mean: 1}}",
         lambda s: s.service.request_time.kind, "exponential"),
        ("strategies: {canary: {config: CodeDeployDefault.ECSCanary10Percent15Minutes}}",
         lambda s: s.strategies["canary"].wait, 900),
        ("strategies: {canary: {type: blue_green}}",
         lambda s: s.strategies["canary"].type, "blue_green"),
        ("strategies: {rolling: {maximum_percent: 150}}",
         lambda s: s.strategies["rolling"].minimum_healthy_percent, 50),
    ],
)  # fmt: skip
def test_what_excludes_one_another_replaces_one_another(child, text, read, value):
    """Steps replace a rate, a distribution another, a configuration its percents."""
    assert read(child(text)) == value


def test_a_fault_names_the_file_that_has_it(faults, tmp_path):
    """A fault of the base shows the base and its line."""
    (tmp_path / "base" / "b.yaml").write_text(BASE + "  linear: {type: linear, every: -1}\n")
    assert f"{tmp_path}/base/b.yaml:10: strategies.linear.every: must be" in faults()


@pytest.mark.parametrize(
    ("extends", "message"),
    [("child.yaml", "child.yaml:2: extends: goes in a circle: child.yaml -> child.yaml"),
     ("nobody.yaml", 'extends: no such file; got "'), ("base", "extends: no such file"),
     ("[a]", "must be the name of a file"), ("''", "must be the name of a file")],
)  # fmt: skip
def test_extending_what_is_no_scenario(tmp_path, extends, message):
    """Circles, folders and missing files are reported at the line of `extends`."""
    (tmp_path / "base").mkdir()
    file = tmp_path / "child.yaml"
    file.write_text(f"name: a\nextends: {extends}\n")
    with pytest.raises(ScenarioError) as caught:
        load_scenario(file)
    assert message in str(caught.value)


def test_a_long_circle_is_found(tmp_path):
    """Three files that extend one another in a circle."""
    for one, other in ("ab", "bc", "ca"):
        (tmp_path / f"{one}.yaml").write_text(f"extends: {other}.yaml\n")
    with pytest.raises(ScenarioError, match=r"a.yaml -> b.yaml -> c.yaml -> a.yaml"):
        load_scenario(tmp_path / "a.yaml")


def test_a_long_chain_is_refused(tmp_path):
    """More than twenty files in a row are a mistake."""
    for i in range(25):
        (tmp_path / f"{i}.yaml").write_text(f"extends: {i + 1}.yaml\n")
    with pytest.raises(ScenarioError, match="more than 20 files in a row"):
        load_scenario(tmp_path / "0.yaml")


@pytest.mark.parametrize(
    ("override", "read", "value"),
    [
        ("service.desired_count=12", lambda s: s.service.desired_count, 12),
        ("service.startup.boot=1m", lambda s: s.service.startup.boot.mean(), 60),
        ("service.request_time.p95=1s", lambda s: s.service.request_time.p95, 1),
        ("alarms.0.threshold=5%", lambda s: s.alarms[0].threshold, 0.05),
        ("alarms.x.threshold=5%", lambda s: s.alarms[0].threshold, 0.05),
        ("traffic.steps=[{at: 0, rate: 7}]", lambda s: s.traffic.steps[0].rate, 7),
        ("strategies.canary=null", lambda s: list(s.strategies), ["rolling"]),
        ("strategies.new={type: recreate}", lambda s: len(s.strategies), 3),
        ("operator=", lambda s: s.operator, None),
        ("title=a=b", lambda s: s.title, "a=b"),
        ("defaults.alarms.+=x", lambda s: s.defaults.alarms, ("x", "x")),
        ("strategies.canary.alarms.+=x", lambda s: s.strategies["canary"].alarms, ("x",)),
        (
            "alarms.+={name: y, metric: cpu, threshold: 90}",
            lambda s: [alarm.name for alarm in s.alarms],
            ["x", "y"],
        ),
        (
            "environment.events.+.kind=health_signal_missing",
            lambda s: s.environment.events[0].tag(),
            "health_signal_missing",
        ),
    ],
)
def test_set_reaches_everything(child, override, read, value):
    """Paths are dotted, items of lists go by number or name, values are YAML."""
    assert read(child("", override)) == value


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (
            "service.desired_count=six",
            "--set service.desired_count=six: service.desired_count: must",
        ),
        (
            "service.desired_cont=6",
            'service.desired_cont: unknown key; did you mean "desired_count"',
        ),
        ("nonsense", "must be path=value"),
        ("a..b=3", "must be path=value"),
        ("runs=[", "is not YAML"),
        ("alarms.9.period=60", 'alarms.9.period: has no item "9"; known: x'),
        ("extends=b.yaml", "is read from the file only"),
        ("alarms.+={name: x, metric: cpu, threshold: 90}", "another alarm has this name"),
        ("traffic.+=3", "traffic.+: unknown key; known: sampled"),
    ],
)
def test_set_tells_what_is_wrong(faults, override, message):
    """A wrong setting is reported like a wrong file, by the words on the command line."""
    assert message in faults("", override)


def test_wrong_settings_show_together(faults):
    """All of them at once."""
    assert len(faults("", "nonsense", "runs=[").splitlines()) == 2


def test_defaults_resolve(child):
    """Alarms of the defaults watch every strategy; auto becomes seconds."""
    found = child().resolved_strategies
    assert found["rolling"].alarms == found["canary"].alarms == ("x",)
    assert found["rolling"].bake_time == 180
    assert found["canary"].bake_time == 0


@pytest.mark.parametrize(
    ("alarms", "seconds"),
    [
        ("[{name: x, metric: cpu, threshold: 1, period: 60, datapoints: 2, of: 2}]", 240),
        ("[{name: x, metric: cpu, threshold: 1, period: 5m}]", 300),
    ],
)
def test_auto_bake_follows_the_alarms(child, alarms, seconds):
    """Period times periods and two minutes, at most five minutes."""
    assert child(f"alarms: {alarms}").resolved_strategies["rolling"].bake_time == seconds
