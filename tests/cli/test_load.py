"""Strategies of a user's own: the README's file, what plans may be made of, and what is refused."""

import re
from pathlib import Path

import pytest

from simdeploy import simulate
from simdeploy.cli.app import main
from simdeploy.encode import encode
from simdeploy.scenario import builtin_scenarios, json_schema, load_scenario
from simdeploy.strategies import REGISTRY, PlanContext, steps
from simdeploy.strategies.planning import planned
from simdeploy.strategies.user_file import load_file
from tests.equal import differences
from tests.small import small

README = Path(__file__).parents[2] / "README.md"
OWN = "strategies.careful.type=careful"
HEAD = """\
from simdeploy import Strategy, register
from simdeploy import strategies as s

@register
class Mine(Strategy):
    type = "mine"
"""


def readme_file():
    """Return the strategy that the README shows."""
    text = README.read_text(encoding="utf-8")
    return re.search(r"```python\n(# my_strategy\.py\n.*?)```", text, re.DOTALL)[1]


@pytest.fixture(autouse=True)
def registry():
    """Forget after a test what it has registered."""
    before = dict(REGISTRY)
    yield
    REGISTRY.clear()
    REGISTRY.update(before)


@pytest.fixture
def own(tmp_path):
    """Return the README's strategy as a file."""
    path = tmp_path / "my_strategy.py"
    path.write_text(readme_file(), encoding="utf-8")
    return path


def written(folder, body, head=HEAD):
    """Write a file with a strategy whose body is given."""
    path = folder / "mine.py"
    path.write_text(head + body, encoding="utf-8")
    return path


def refused(capsys, *arguments):
    """Run a command that must end with 2, in one line, and return that line."""
    assert main([str(one) for one in arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Traceback" not in captured.err
    assert captured.err.count("\n") == 1, captured.err
    return captured.err.strip()


def test_the_readmes_file_is_short():
    """A strategy is at most twenty lines."""
    assert len(readme_file().splitlines()) <= 20


@pytest.mark.parametrize("name", builtin_scenarios())
def test_both_engines_agree_on_the_readmes_strategy(name, own):
    """On every scenario of the gallery both engines give the same numbers to the last bit."""
    load_file(own)
    scenario = load_scenario(name, overrides=[OWN])
    alone = scenario.model_copy(update={"strategies": {"careful": scenario.strategies["careful"]}})
    assert list(differences(alone, seed=3, hi=10)) == []


def test_traffic_moves_between_two_target_groups(own):
    """Whoever shifts traffic gets a target group per revision, without saying so."""
    load_file(own)
    scenario = load_scenario("happy-path", overrides=[OWN])
    assert encode(scenario, "careful").n_groups == 2
    events = simulate(scenario, "careful").timeline.events
    assert [e.data["percent"] for e in events if e.kind == "traffic_shifted"] == [1, 10, 100]


def test_one_target_group_is_enough_for_the_rest():
    """Without a shift there is one target group, as in a rolling deployment."""
    made = small({"type": "rolling", "bake_time": 0})
    assert encode(made, "it").n_groups == 1


@pytest.mark.many_runs
def test_compare_takes_a_file(own, capsys):
    """`compare --load` has the strategy in its table, beside the others and with their alarms."""
    arguments = ["compare", "shallow-health-check", "--runs", "30", "--load", own, "--set", OWN]
    assert main([str(one) for one in arguments]) == 0
    printed = capsys.readouterr().out
    assert re.search(r"^. careful +[\d,]+ +[\d,]+ +undone: alarm", printed, re.MULTILINE)


def test_run_takes_a_file(own, capsys):
    """`run --load` tells the strategy's story."""
    arguments = ["run", "happy-path", "--strategy", "careful", "--load", own, "--set", OWN]
    assert main([str(one) for one in arguments]) == 0
    assert "new revision gets 1 % of the traffic" in capsys.readouterr().out


def story(capsys, path, setting):
    """Return the story of a strategy from a file where an alarm is red at the command."""
    arguments = ["run", "alarm-already-red", "--strategy", "a", "--load", path, "--set", setting]
    assert main([str(one) for one in arguments]) == 0
    return capsys.readouterr().out


def test_a_custom_controller_acts_on_an_alarm_once_it_was_ok(own, capsys):
    """By default the README's strategy waits until a red alarm was OK, and the story agrees."""
    text = story(capsys, own, "strategies.a.type=careful")
    assert "ECS" not in text
    assert text.index("is red already") < text.index("is quiet again")
    assert text.index("is quiet again") < text.index("rollback to the old revision starts (alarm)")


def test_an_own_strategy_may_be_carried_out_by_ecs(capsys, tmp_path):
    """With `controller = "ecs"` it goes without the red alarm, and the story agrees."""
    path = tmp_path / "mine.py"
    path.write_text(readme_file().replace('type = "', 'controller = "ecs"\n    type = "'))
    text = story(capsys, path, "strategies.a.type=careful")
    assert "ECS goes without alarms" in text
    assert "rollback" not in text


@pytest.mark.parametrize(
    "line",
    [
        "controller_delay = Constant(value={})",
        "controller_delay: Distribution = Constant(value={})",
    ],
)
def test_going_back_takes_the_controllers_delay(tmp_path, line):
    """As a class attribute or as a field, the delay is the time until the weights change."""
    head = "from simdeploy.distributions import Constant, Distribution\n"
    back = []
    path = tmp_path / "mine.py"
    for seconds in (0.0, 20.0):
        text = readme_file().replace('type = "', f'{line.format(seconds)}\n    type = "')
        path.write_text(head + text)
        load_file(path)
        scenario = load_scenario("alarm-already-red", overrides=[OWN])
        back.append(simulate(scenario, "careful").metrics["rollback_s"])
    assert back[1] - back[0] == pytest.approx(20.0)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('controller = "codedeploy"', 'controller: unknown controller; got "codedeploy"; did you'),
        ('controller: str = "x"', 'controller: unknown controller; got "x"; known: code_deploy'),
        ('controller_delay = "20s"', 'controller_delay: must be a distribution; got "20s"'),
    ],
)
def test_attributes_that_the_model_cannot_use(capsys, tmp_path, line, words):
    """An attribute with a wrong value is refused where a scenario uses the strategy."""
    path = written(tmp_path, f"    {line}\n")
    setting = ("--set", "strategies.a.type=mine")
    error = refused(capsys, "run", "bad-boot", "--load", path, *setting)
    assert f"strategies.a.{words}" in error


def test_fields_are_parameters(own):
    """Every field of the class is a key of the scenario file."""
    load_file(own)
    scenario = load_scenario("happy-path", overrides=[OWN, "strategies.careful.first=2"])
    context = PlanContext(desired_count=6)
    assert steps.shift_traffic(2) in planned(scenario.strategies["careful"], context)


def test_unknown_parameters_are_refused(own, capsys):
    """A key that the class does not have is a fault, reported like any other."""
    setting = "strategies.careful.fist=2"
    message = refused(capsys, "run", "bad-boot", "--load", own, "--set", OWN, "--set", setting)
    assert "strategies.careful.fist: unknown key" in message
    assert 'did you mean "first"?' in message


def test_the_schema_knows_it(own, capsys):
    """`schema --load` describes the parameters."""
    assert "careful" not in str(json_schema())
    assert main(["schema", "--load", str(own)]) == 0
    assert '"const": "careful"' in capsys.readouterr().out


def test_nothing_is_left_beside_the_file(own):
    """No compiled copy is written into the user's folder."""
    load_file(own)
    assert [path.name for path in own.parent.iterdir()] == ["my_strategy.py"]


def test_a_file_may_be_loaded_twice(own):
    """Loading again replaces the strategy, as executing a notebook's cell again does."""
    load_file(own)
    first = REGISTRY["careful"]
    load_file(own)
    assert REGISTRY["careful"] is not first


def test_a_relative_path_names_its_line(tmp_path, monkeypatch, capsys):
    """The line is found whichever way the path is written."""
    monkeypatch.chdir(tmp_path)
    written(tmp_path, "x = 1\nx.nothing\n", head="")
    message = refused(capsys, "run", "bad-boot", "--load", "mine.py")
    assert message == "mine.py:2: AttributeError: 'int' object has no attribute 'nothing'"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1\ny = x / 0\n", ":2: ZeroDivisionError: division by zero"),
        ("x = 1\n\ndef f(:\n", ":3: invalid syntax"),
        ("def f():\n    raise ValueError('no')\n\nf()\n", ":2: ValueError: no"),
        ("raise RuntimeError\n", ":1: RuntimeError"),
        ("import sys\nsys.exit(3)\n", ":2: SystemExit: 3"),
        ("import json\njson.loads('{')\n", ":2: JSONDecodeError"),
        ("import nothing_of_that_name\n", ":1: ModuleNotFoundError"),
        ("x = 1\x00\n", "null bytes"),
    ],
)
def test_errors_in_a_file_name_the_line(capsys, tmp_path, text, words):
    """An error in a user's file is reported with file and line, not with a traceback."""
    path = written(tmp_path, text, head="")
    message = refused(capsys, "run", "bad-boot", "--load", path)
    assert message.startswith(str(path))
    assert words in message


def test_files_that_cannot_be_read(capsys, tmp_path):
    """A missing file and a folder are named as such."""
    gone = tmp_path / "gone.py"
    message = refused(capsys, "compare", "bad-boot", "--load", gone)
    assert message == f"{gone}: cannot be read: No such file or directory"
    message = refused(capsys, "compare", "bad-boot", "--load", tmp_path)
    assert message == f"{tmp_path}: cannot be read: Is a directory"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            '\n@register\nclass Other(Strategy):\n    type = "rolling"\n',
            ':8: the type "rolling" is already taken by Rolling',
        ),
        (
            '\n@register\nclass Rolling(Strategy):\n    type = "rolling"\n',
            ':8: the type "rolling" is already taken by Rolling',
        ),
        ("\n@register\nclass Other(Strategy):\n    pass\n", ":8: Other needs a class attribute"),
        ("\n@register\nclass Other:\n    pass\n", ":8: register is for subclasses of Strategy"),
        ("\n@register\ndef f(): pass\n", ":8: register is for subclasses of Strategy"),
        (
            '\nclass Other(Strategy):\n    type = "other"\n',
            ": Other is not registered: put @register above",
        ),
        ("\n@register\nclass Other(Strategy):\n    x = 1\n", ":9: PydanticUserError"),
    ],
)
def test_files_that_register_wrongly(capsys, tmp_path, text, words):
    """What cannot be registered is reported with its line, and nothing of the file stays."""
    before = dict(REGISTRY)
    path = written(tmp_path, text)
    assert refused(capsys, "run", "bad-boot", "--load", path).startswith(f"{path}{words}")
    assert before == REGISTRY


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("return None", "plan() must return a list of steps; got None"),
        ("pass", "plan() must return a list of steps; got None"),
        ("return 'wait'", "plan() must return a list of steps; got 'wait'"),
        ("return s.wait(5)", "plan() must return a list of steps; got Step(op=9"),
        ("return []", "plan() must return at least one step"),
        ("return [s.wait(5), s.bake]", "returns as step 2 what is none; got the function bake"),
        ("return [(9, 1.0, 0.0)]", "returns as step 1 what is none; got (9, 1.0, 0.0)"),
        ("return [s.Step(99)]", "step 1: there is no opcode 99"),
        ("return [s.wait(-1)]", "step 1: seconds must be 0 or more; got -1"),
        ("return [s.wait(float('nan'))]", "step 1: its arguments must be finite numbers"),
        ("return [s.Step(9, 'x')]", "step 1: its arguments must be finite numbers; got 'x'"),
        ("return [s.shift_traffic(101)]", "step 1: percent must be from 0 to 100; got 101"),
        ("return [s.start_new_tasks(2)]", "step 1: share must be from 0 to 1; got 2"),
        ("return [s.replace_tasks(80, 60)]", "step 1: minimum must be from 0 to 100"),
        ("return [s.hook(0, 0)]", "step 1: there is no hook number 0"),
        ("return [s.steps.approve(0, 0)]", "step 1: there is no hook number 0"),
    ],
)
def test_plans_that_make_no_sense(capsys, tmp_path, body, words):
    """A plan that no engine could play is refused with file and line, before anything runs."""
    path = written(tmp_path, f"\n    def plan(self, context):\n        {body}\n")
    message = refused(
        capsys, "compare", "bad-boot", "--load", path, "--set", "strategies.a.type=mine"
    )
    assert message.startswith(
        f"{path}:8: strategy Mine: plan() {words}".replace("plan() plan", "plan")
    )


@pytest.mark.parametrize(
    ("body", "line", "words"),
    [
        ("def plan(self, context):\n        return 1 / 0", 9, "ZeroDivisionError"),
        ("def plan(self, context):\n        return [s.wait('a')]", 9, "ValueError: could not"),
        ("def plan(self):\n        return [s.wait(1)]", 8, "TypeError"),
        ("def plan(self, context):\n        yield 1 / 0", 9, "ZeroDivisionError"),
    ],
)
def test_plans_that_fail(capsys, tmp_path, body, line, words):
    """An exception inside a plan is reported with the line that raised it."""
    path = written(tmp_path, f"\n    {body}\n")
    message = refused(
        capsys, "compare", "bad-boot", "--load", path, "--set", "strategies.a.type=mine"
    )
    assert message.startswith(f"{path}:{line}: strategy Mine: {words}")


def test_plans_that_are_missing(capsys, tmp_path):
    """A strategy without a plan is refused, and the error says what it needs."""
    path = written(tmp_path, "")
    message = refused(
        capsys, "compare", "bad-boot", "--load", path, "--set", "strategies.a.type=mine"
    )
    assert message == "strategy Mine needs a method plan(self, context)"


def test_plans_that_never_end(capsys, tmp_path):
    """A generator without an end is cut, and the error says that it has too many steps."""
    body = "\n    def plan(self, context):\n        while True:\n            yield s.wait(1)\n"
    path = written(tmp_path, body)
    message = refused(
        capsys, "compare", "bad-boot", "--load", path, "--set", "strategies.a.type=mine"
    )
    what = "plan() returns more steps than there is room for: 256"
    assert message == f"{path}:8: strategy Mine: {what}"


@pytest.mark.parametrize("command", ["compare", "run"])
def test_a_strategy_that_drives_itself_is_refused(capsys, tmp_path, command):
    """A strategy made of Python instead of steps is refused by name, and never half played."""
    body = "\n    def drive(self, service):\n        yield service.at(60)\n"
    path = written(tmp_path, body)
    error = refused(capsys, command, "bad-boot", "--load", path, "--set", "strategies.a.type=mine",
                   *(["--strategy", "a"] if command == "run" else []))  # fmt: skip
    assert error == (
        f"{path}:8: strategy Mine: drive() is not played yet: say it in steps, in plan()"
    )


def test_a_plan_may_be_a_generator(tmp_path):
    """`yield` reads well in a plan, and is as good as a list."""
    body = "\n    def plan(self, context):\n        yield s.replace_tasks(50, 100)\n"
    load_file(written(tmp_path, body))
    scenario = small({"type": "mine"})
    assert list(differences(scenario, seed=1)) == []
    assert simulate(scenario).metrics["outcome"] == "succeeded"
