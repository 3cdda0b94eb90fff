"""What is refused: by file, line and field, and never with a traceback."""

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simdeploy.errors import ImportShapeError
from simdeploy.importers.aws import Imported, import_files
from simdeploy.importers.options import Options
from simdeploy.importers.shapes import INPUTS, LISTS, SINGLES

from .shapes import (
    BLUE,
    FULL_GROUP,
    FULL_SERVICE,
    FULL_TARGET,
    FULL_TASK,
    alarm,
    appspec,
    attributes,
    config,
    deploying,
    group,
    service,
    target,
    task,
    usual,
)

#: For files that are refused for something else than a missing number of tasks.
USUAL = Options(desired_count=6)


def refusal(paths, options=USUAL):
    """Import files that must be refused and return the message."""
    with pytest.raises(ImportShapeError) as caught:
        import_files(paths, options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\x89PNG\r\n\x1a\n\0\0", "is no text"),
        (b'{"a": "\0"}', "is no text"),
        (b"\xff\xfe\xff", "is no text"),
        (b"hello", ":1: is no JSON"),
        (b'{\n"serviceName": "shop",\n1}', ":3: is no JSON"),
        (b'{"serviceName": "shop"', ":1: is no JSON"),
        (b'{"a": 1, "a": 2}', 'the key "a" stands twice'),
        (b'{"a": NaN}', "NaN is no JSON number"),
        (b'{"a": ' + b"9" * 5000 + b"}", "is no JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": ' + b"[" * 80 + b"]" * 80 + b"}", "nested too deeply"),
        (b"[]", "it must hold an object"),
        (b"{}", "its keys: none"),
        (b'{"a": 1, "b": 2}', "its keys: a, b"),
        (b'{"service": {}, "strategies": {}}', "it is a scenario already"),
        (b'{"services": [], "failures": [{"arn": "x", "reason": "MISSING"}]}', "not find x"),
        (b'{"Resources": {"A": {}}}', "Resources.A: has no Type"),
        (b'{"MetricAlarms": [], "CompositeAlarms": [{}]}', "composite alarms"),
        (b"{" + b" " * 4_000_001, "too large"),
    ],
)
def test_files_that_hold_nothing(save, content, expected):
    """Every file that is no known shape is refused by its name."""
    message = refusal(save(content))
    assert message.split("/")[-1].startswith("file-0.json")
    assert expected in message


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a: b: c", ":1: is no YAML"),
        ("version: 0.0\nResources: [", ":2: is no YAML"),
        ("a: &x 1\nb: *x", ":1: has a YAML alias or anchor"),
        ("a: 1\nb: !!python/object:os.system x", ":2: has the YAML tag"),
        ("a: " + "[" * 70 + "]" * 70, "nested too deeply"),
        ("a: 1\na: 2", ":2: is no YAML"),
        ("a: 1\n---\nb: 2", ":1: document 1 of 2 has no service"),
        ("a: 2001-99-99", "its keys: a"),
        ("a: !!int x", ":1: is no YAML: no int"),
        ("? [a]\n: 1", "a key must be a text"),
        ("- a", "it must hold an object"),
        ("hello", "it must hold an object"),
        ("x: " + "y" * 1_000_000, "too large for YAML"),
        ("version: 0.0\nos: linux\nhooks: {}", "AppSpec for servers"),
        ("Resources:\n  - F: {Type: AWS::Lambda::Function}", "got AWS::Lambda::Function"),
    ],
)
def test_yaml_that_is_refused(save, content, expected):
    """YAML is read without aliases, tags, depth or size, and AppSpecs for ECS only."""
    assert expected in refusal(save(content, suffix=".yaml"))


def test_files_that_cannot_be_read(tmp_path):
    """A file that is not there, or a folder, is refused by name."""
    assert "no-such.json: cannot be read" in refusal([tmp_path / "no-such.json"])
    assert "cannot be read" in refusal([tmp_path])
    assert "cannot be read" in refusal(["a\0b"])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_marks_at_the_beginning(save, encoding):
    """Files that Windows writes are read as well."""
    text = '{"serviceName": "shop", "desiredCount": 4}'
    assert import_files(save(text.encode(encoding))).service_name == "shop"


def test_yaml_output_of_the_cli(save):
    """What `aws --output yaml` prints is read like its JSON."""
    text = "services:\n- serviceName: shop\n  desiredCount: 3\n  createdAt: 2026-01-01T00:00:00Z\n"
    assert "desired_count: 3" in import_files(save(text, suffix=".yaml")).text


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([service(), service(serviceName="other")], "2 of kind service: shop, other ("),
        ([{"services": [service(), service(serviceName="b")]}], "2 of kind service: shop, b;"),
        ([task(), task(family="b")], "2 of kind task definition"),
        ([service(), task(family="other")], 'runs "shop"'),
        ([service(), appspec(task_definition="other:1")], 'runs "shop"'),
        ([service(serviceName="x"), group()], 'deploys "shop"'),
        ([group(), config("AllAtOnce")], "uses"),
        ([group(deploymentConfigName="mine")], "get-deployment-config"),
        ([FULL_GROUP, config("AllAtOnce"), target(Name="c")], "the service uses blue, green"),
        ([target(), target(Name="b", HealthCheckIntervalSeconds=60)], "several target groups"),
        (
            [
                attributes(deregistration_delay__timeout_seconds="30"),
                attributes(deregistration_delay__timeout_seconds="60"),
            ],
            "is 60 here and 30 in another file",
        ),
        ([FULL_SERVICE, task(containerDefinitions=[{"name": "b"}])], 'none is called "web"'),
        ([FULL_SERVICE, {"TargetGroupArn": BLUE.replace("blue", "x")} | attributes(
            deregistration_delay__timeout_seconds="30")], "is x"),
    ],
)  # fmt: skip
def test_files_that_contradict(save, files, expected):
    """Files of two services are refused, because any choice would be a guess."""
    assert expected in refusal(save(*files))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (service(desiredCount="six"), 'desiredCount: must be a number from 0 to 1e+06; got "six"'),
        (service(desiredCount=2.5), "a whole number"),
        (service(desiredCount=True), "got true"),
        (service(desiredCount=-1), "got -1"),
        (service(schedulingStrategy="DAEMON"), "DAEMON"),
        (service(deploymentController={"type": "EXTERNAL"}), "EXTERNAL"),
        (service(deploymentController="ECS"), "an object"),
        (service(loadBalancers=["x"]), "entry 1 must be an object"),
        (service(serviceName=["x"]), "a text of one line"),
        (deploying(maximumPercent=50), "maximumPercent"),
        (deploying(strategy="MAGIC"), "one of ROLLING"),
        (deploying(deploymentCircuitBreaker={"enable": "maybe"}), "true or false"),
        (task(cpu="lots"), "cpu"),
        (task(memory="2 vCPU"), 'a size such as "1024"'),
        (target(Protocol="TCP"), "TCP is of another load balancer"),
        (target(TargetType="lambda"), "lambda"),
        (target(HealthCheckIntervalSeconds=5), "less than the interval"),
        (target(HealthCheckIntervalSeconds=1000), "from 5 to 300"),
        (attributes(deregistration_delay__timeout_seconds="5000"), "from 0 to 3600"),
        (group(computePlatform="Lambda"), "only ECS"),
        (group(autoScalingGroups=["a"]), "for servers"),
        (group(deploymentStyle={"deploymentType": "IN_PLACE"}), "IN_PLACE"),
        (config("TimeBasedCanary", canaryPercentage=10), "a percentage and an interval"),
        (appspec("AfterLunch"), '"AfterLunch" is no stage of CodeDeploy'),
        (appspec("AfterInstall", "AfterInstall"), "stands twice"),
    ],
)
def test_values_that_aws_would_not_take(save, content, expected):
    """A wrong value is refused by file and field."""
    assert expected in refusal(save(content))


def test_no_number_of_tasks(save):
    """Nothing is made up for the number of tasks: it is asked for, at its place."""
    for content in (
        task(),
        target(),
        service(desiredCount=0),
        {"serviceName": "a", "launchType": "EC2", "loadBalancers": []},
    ):
        assert "set the usual number, as --desired-count 4" in refusal(save(content), Options())


def test_a_wrong_value_names_its_line(save):
    """The error points at the line of the value, however deep it stands."""
    inner = '{\n    "maximumPercent": 5\n  }'
    text = f'{{\n\t"serviceName": "shop",\n  "deploymentConfiguration": {inner}\n}}'
    assert ":4: deploymentConfiguration.maximumPercent: must be" in refusal(save(text))


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ({"SlidingWindow": {}, "WallClockWindow": {}}, "one of SlidingWindow, WallClockWindow"),
        ({"Tumbling": {}}, "one of SlidingWindow, WallClockWindow"),
        ("sliding", "an object"),
    ],
)
def test_windows_that_aws_would_not_take(save, window, expected):
    """An alarm has one evaluation window, of a kind that exists."""
    alarms = {"alarmNames": ["too-many-5xx"], "enable": True, "rollback": True}
    files = save(deploying(alarms=alarms), alarm(EvaluationWindow=window))
    message = refusal(files)
    assert "EvaluationWindow: must " in message
    assert expected in message


def test_alarms_that_aws_would_not_take(save):
    """What only the scenario format knows to be wrong is refused before anything is written."""
    alarms = {"alarmNames": ["too-many-5xx"], "enable": True, "rollback": True}
    files = save(deploying(alarms=alarms), alarm(Period=45))
    assert "AWS would not take this: alarms[0].period" in refusal(files).replace(".0.", "[0].")


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["1024", "2 GB", "CANARY", "CODE_DEPLOY", "off", "true", BLUE, "blue"]),
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)
TOPS = [*LISTS, *SINGLES, "Attributes", "Resources", "Hooks", "deploymentConfigName"]
KEYS = sorted({*TOPS, *(key for _, some, others in INPUTS for key in some | others)})
EXAMPLES = [
    FULL_SERVICE,
    FULL_TASK,
    FULL_TARGET,
    FULL_GROUP,
    config("TimeBasedCanary", canaryPercentage=20, canaryInterval=7),
    attributes(deregistration_delay__timeout_seconds="30"),
    appspec("AfterInstall"),
    alarm(),
]


def places(value, path=()):
    """List the paths to all values within one."""
    children = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in children:
        yield (*path, key)
        if isinstance(inner, dict | list):
            yield from places(inner, (*path, key))


def changed(value, path, new):
    """Return a copy in which one value is another."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(value[path[0]], path[1:], new)
    return copy


@st.composite
def mutants(draw):
    """Draw an object of AWS in which one value is anything."""
    example = draw(st.sampled_from(EXAMPLES))
    path = draw(st.sampled_from(list(places(example))))
    return changed(example, path, draw(ANYTHING))


FUZZ = settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def survives(save, *contents):
    """Import anything: the result is a scenario or an error of ours."""
    with contextlib.suppress(ImportShapeError):
        assert isinstance(import_files(save(*contents), usual(*contents)), Imported)


@FUZZ
@given(content=st.one_of(ANYTHING, st.dictionaries(st.sampled_from(KEYS), ANYTHING, max_size=4)))
def test_any_json_is_taken_or_refused(save, content):
    """Random JSON gives a scenario or an ImportShapeError, nothing else."""
    survives(save, content)


@FUZZ
@given(content=mutants(), others=st.lists(mutants(), max_size=2))
def test_any_change_of_a_file_is_taken_or_refused(save, content, others):
    """A file of AWS with any value replaced gives a scenario or an ImportShapeError."""
    survives(save, content, *others)


@FUZZ
@given(content=st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
def test_any_bytes_are_taken_or_refused(save, content):
    """Random bytes give an ImportShapeError."""
    with pytest.raises(ImportShapeError):
        import_files(save(content, suffix=".yaml"))
