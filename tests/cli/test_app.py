"""The command line: what it prints, what it refuses, and how it ends."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from typer.testing import CliRunner

from simdeploy import api, engines, scenario, simulating
from simdeploy.aws_facts import FACTS
from simdeploy.cli import comparing, terminal
from simdeploy.cli.app import app, main
from simdeploy.errors import Fault, ScenarioError
from simdeploy.importers import aws as importing
from simdeploy.importers import imported
from simdeploy.importers.imported import Imported
from simdeploy.importers.page import ADDED, UNKNOWN, Assumption
from simdeploy.report.answer import answering, export, extracting, measured, text
from simdeploy.scenario.gallery import by_question
from tests import timelines

ASSUMED = (
    Assumption("service.stop_timeout", "30s", "AWS's default"),
    Assumption("service.request_time", "{distribution: lognormal, median: 80ms}", UNKNOWN),
    Assumption("traffic.rate", "100", UNKNOWN),
    Assumption("strategies.canary", "", ADDED),
    Assumption("alarms", "", "none watches"),
)
ROOT = Path(__file__).parents[2]
HEAVY = {"matplotlib", "numba", "numpy", "pandas", "pydantic", "rich", "ruamel", "scipy", "simpy"}


class House:
    """Stands in for what takes long, and remembers what it was asked."""

    def __init__(self):
        self.asked = {}

    def load_scenario(self, name, *, overrides=()):
        """Remember the scenario's name and settings; ``bad.yaml`` has two faults."""
        self.asked["load"] = (name, list(overrides))
        if name == "bad.yaml":
            raise ScenarioError(
                [
                    Fault(name, 3, "runs", 'must be a whole number; got "x"'),
                    Fault(name, 9, "sed", "unknown key"),
                ]
            )
        return SimpleNamespace(
            name=name, strategies={"rolling": 1, "blue-green": 2}, alarms=(), chain=(),
            resolved_strategies={}, environment=SimpleNamespace(events=()),
        )  # fmt: skip

    def simulate(self, scenario, strategy, *, seed=None, replication=0):
        """Remember what was simulated; ``interrupted`` is what happens on Ctrl-C."""
        self.asked["simulate"] = (strategy, seed, replication)
        if scenario.name == "interrupted":
            raise KeyboardInterrupt
        made = timelines.frozen("bad-boot")
        return SimpleNamespace(timeline=made, metrics=made.metrics)

    def compare(self, scenario, **settings):
        """Remember how it was compared; return something with rows."""
        self.asked["compare"] = settings
        rows = {"failed_caused": np.array([3.0, 1.0, 2.0])}
        result = SimpleNamespace(rows=rows, sample=rows.__getitem__)
        results = dict.fromkeys(scenario.strategies, result)
        return SimpleNamespace(
            scenario=scenario, seed=1, runs=3, strategies=results, results=list(results.items())
        )

    def render(self, comparison, **settings):
        """Remember how wide the table may be."""
        self.asked["render"] = settings
        return "the table"

    def imported(self, files, options):
        """Remember what was imported, and how."""
        self.asked["import"], self.asked["options"] = files, options
        return Imported("name: mine", ASSUMED, "mine", ("a.json",))

    def written(self, found, output):
        """Remember where it was written."""
        self.asked["write"] = (found.service_name, output)


@pytest.fixture
def house(monkeypatch, no_terminal):
    """Put stand-ins behind the command line: modules stay, the functions that take long do not."""
    made = House()
    monkeypatch.setattr(scenario, "load_scenario", made.load_scenario)
    monkeypatch.setattr(simulating, "simulate", made.simulate)
    monkeypatch.setattr(engines, "encoded", lambda *_: None)
    monkeypatch.setattr(api, "compare", made.compare)
    monkeypatch.setattr(api, "checked_size", lambda *_, **__: 1)
    monkeypatch.setattr(comparing, "announce_long", lambda *_, **__: None)
    monkeypatch.setattr(text, "render_comparison", made.render)
    monkeypatch.setattr(extracting, "facts", lambda _, **__: "facts")
    monkeypatch.setattr(answering, "answer", lambda _: SimpleNamespace(verdict=("Rolling.",)))
    monkeypatch.setattr(measured, "measured", lambda known: f"{known}, measured")
    texts = {"json": "{}", "csv": "a,b", "markdown": "**b**"}
    monkeypatch.setattr(export, "export", lambda _, form, __: texts[form])
    monkeypatch.setattr(importing, "import_files", made.imported)
    monkeypatch.setattr(imported, "write", made.written)
    return made


@pytest.fixture
def no_terminal(monkeypatch):
    """Let the output be the same whatever terminal the tests are started from."""
    for name in ("COLUMNS", "NO_COLOR", "TERM", "SIMDEPLOY_THREADS", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


def invoke(*arguments):
    """Run a command that must succeed and return what it prints."""
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(capsys, *arguments):
    """Run a command that must end with 2 and return its message."""
    assert main(list(arguments)) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Traceback" not in captured.err
    return captured.err


def test_simdeploy_alone_says_what_to_try():
    """Without a command there are five lines: what it is and three commands."""
    lines = invoke().splitlines()
    assert len(lines) == 5
    assert [line.split()[1] for line in lines[1:4]] == ["compare", "run", "import"]
    assert max(map(len, lines)) <= 100


def test_help_imports_nothing_heavy():
    """Help answers at once: no package that takes long is imported for it."""
    code = (
        "import sys; from simdeploy.cli.app import main; code = main(['--help']);"
        f"print(sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run(  # noqa: PLW1510  the test looks at it
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0
    assert "compare" in done.stdout
    assert done.stderr.strip() == "[]"


def test_module_is_a_command():
    """``python -m simdeploy`` is the same command."""
    done = subprocess.run(  # noqa: PLW1510  the test looks at it
        [sys.executable, "-m", "simdeploy"], capture_output=True, text=True, cwd=ROOT
    )
    assert done.stdout.startswith("simdeploy: what happens")


def test_a_reader_who_left_is_no_error():
    """``simdeploy | head`` ends quietly when the reader closes the pipe."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(  # noqa: PLW1510  the test looks at it
        [sys.executable, "-m", "simdeploy"], stdout=write, cwd=ROOT, stderr=subprocess.PIPE
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (terminal.CLOSED_PIPE, b"")


def test_a_terminal_without_the_characters_still_prints(house):
    """Where the terminal is ASCII, a character it lacks is a question mark."""
    code = (
        "import sys; from simdeploy.cli.terminal import emit, guarded; guarded(lambda: emit('a ⋮'))"
    )
    done = subprocess.run(  # noqa: PLW1510  the test looks at it
        [sys.executable, "-c", code],
        capture_output=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
    )
    assert (done.returncode, done.stdout.strip()) == (0, b"a ?")


def test_version():
    """The version is told even where the package is not installed."""
    assert invoke("--version").startswith("simdeploy ")


def test_run_tells_the_first_strategy(house):
    """Without a strategy the first one of the file is told, run 0, on the scenario's seed."""
    assert "circuit breaker trips: 12 of 12 failures" in invoke("run", "bad-boot")
    assert house.asked["simulate"] == ("rolling", None, 0)


def test_run_takes_run_seed_and_settings(house):
    """Run number, seed and settings reach the engine and the loader."""
    invoke(
        "run",
        "x.yaml",
        "--strategy",
        "blue-green",
        "--run",
        "17",
        "--seed",
        "5",
        "--set",
        "a.b=1",
        "--set",
        "c=2",
    )
    assert house.asked["simulate"] == ("blue-green", 5, 17)
    assert house.asked["load"] == ("x.yaml", ["a.b=1", "c=2"])


def test_run_as_json(house):
    """JSON has scenario, strategy, seed, metrics and events with their rules."""
    told = json.loads(invoke("run", "bad-boot", "--format", "json"))
    assert set(told) == {"scenario", "strategy", "seed", "run", "metrics", "censored", "events"}
    first = told["events"][0]
    assert (first["kind"], first["rule"], first["task"]) == (
        "deployment_started",
        "ecs-capacity-rounding",
        None,
    )
    assert told["metrics"]["verdict"] == "stopped"


@pytest.mark.parametrize(
    ("format_", "first"),
    [
        ("csv", "t,kind,task,revision,rule,data"),
        ("markdown", "**rolling, run 17:** users noticed nothing · decided after"),
    ],
)
def test_run_in_other_formats(house, format_, first):
    """CSV and Markdown begin as they should."""
    assert invoke("run", "bad-boot", "--format", format_).startswith(first)


def test_why_adds_rules(house):
    """With --why the story names its rules and says what they are."""
    assert "documented: The floor is rounded up" in invoke("run", "bad-boot", "--why")


def test_run_draws(house, tmp_path):
    """--plot writes the picture of the run, and says so beside the story."""
    target = tmp_path / "run.png"
    result = CliRunner().invoke(app, ["run", "bad-boot", "--plot", str(target)])
    assert target.read_bytes().startswith(b"\x89PNG")
    assert result.stderr == f"wrote {target}\n"


def test_why_explains_a_rule(capsys):
    """A rule is explained, all are listed without one, and an unknown id is bad input."""
    for rule in list(FACTS)[:2]:
        assert f"test_fact[{rule}]" in invoke("why", rule)
        assert rule in invoke("why")
    assert "; did you mean ecs-" in refused(capsys, "why", "ecs-bak")


def test_run_compares_two_strategies(capsys):
    """Two strategies on the same luck: the difference first, then both stories."""
    told = invoke("run", "bad-boot", "--compare", "rolling,blue-green", "--run", "3")
    assert told.startswith("Neither hurts a user.")
    assert "run 3 · seed 1" in told
    for given, words in (
        ("rolling", "takes two strategies"),
        ("rolling,rolling", "takes two strategies"),
        ("rolling,red", 'unknown strategy "red"'),
    ):
        assert words in refused(capsys, "run", "bad-boot", "--compare", given)
    both = ("run", "bad-boot", "--compare", "rolling,canary")
    assert "--strategy: not with" in refused(capsys, *both, "--strategy", "rolling")
    assert "not with --format csv" in refused(capsys, *both, "--format", "csv")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["--strategy", "blue_green"],
            'unknown strategy "blue_green"; known: rolling, blue-green; did you mean "blue-green"?',
        ),
        (["--strategy", ""], 'unknown strategy ""; known: rolling, blue-green'),
        (["--engine", "batch"], "--engine batch: it keeps no timeline"),
        (["--why", "--format", "json"], "--why: not with --format json"),
        (["--run", "10", "--runs", "10"], "--run 10: with --runs 10 the runs are 0 to 9"),
        (["--plot", "x.gif"], "x.gif: a picture is .png, .svg, .pdf; got .gif"),
        (["--load", "gone.py"], "gone.py: cannot be read: No such file or directory"),
        (["--format", "xml"], "--format"),
        (["--run", "-1"], "--run"),
        (["--threads", "0"], "--threads"),
        (["--assumptions"], "--assumptions"),
    ],
)
def test_run_refuses(house, capsys, arguments, words):
    """What cannot be honored is refused in one line, with exit code 2, and nothing is printed."""
    assert words in refused(capsys, "run", "bad-boot", *arguments)


def test_every_fault_is_a_line(house, capsys):
    """A bad scenario is told with file and line, one line per fault."""
    assert refused(capsys, "run", "bad.yaml") == (
        'bad.yaml:3: runs: must be a whole number; got "x"\nbad.yaml:9: sed: unknown key\n'
    )


def test_interrupting_ends_with_130(house, capsys):
    """Ctrl-C is one line and exit code 130."""
    assert main(["run", "interrupted"]) == 130
    assert capsys.readouterr().err == "interrupted; nothing is left half-written\n"


def test_compare_prints_the_table(house):
    """The table comes from the report, which is told that nobody sits before it."""
    assert invoke("compare", "bad-boot", "--runs", "50", "--no-drill") == "the table\n"
    asked = house.asked["compare"]
    assert (asked["runs"], asked["twin"], asked["drill"], asked["engine"]) == (
        50,
        True,
        False,
        "batch",
    )
    assert house.asked["render"]["is_terminal"] is False
    assert house.asked["render"]["width"] == 100


def test_the_next_commands_name_what_was_typed(house):
    """The report is told how the scenario was named, so that its next commands do the same."""
    invoke("compare", "bad-boot", "--set", "operator=null", "--set", "a=[1, 2]")
    source = "bad-boot --set operator=null --set 'a=[1, 2]'"
    assert house.asked["render"]["source"] == source


@pytest.mark.parametrize(
    ("format_", "text"), [("json", "{}\n"), ("csv", "a,b\n"), ("markdown", "**b**\n")]
)
def test_compare_in_other_formats(house, format_, text):
    """The other formats come from the export as they are."""
    assert invoke("compare", "bad-boot", "--format", format_) == text


def test_compare_draws_one_run_of_all(house, tmp_path):
    """--plot draws the same typical run of every strategy."""
    invoke("compare", "bad-boot", "--plot", str(tmp_path / "all.svg"))
    assert (tmp_path / "all.svg").stat().st_size > 5000
    assert house.asked["simulate"] == ("blue-green", 1, 2)


@pytest.mark.parametrize(("options", "known"), [((), "facts"), (("--why",), "facts, measured")])
def test_why_measures_what_decides(house, options, known):
    """With --why the answer has what takes runs of its own, without it what is there."""
    invoke("compare", "bad-boot", *options)
    assert house.asked["render"]["known"] == known


def test_why_is_refused_where_there_are_no_sentences(house, capsys):
    """A table of numbers has no place for what --why tells."""
    words = refused(capsys, "compare", "bad-boot", "--why", "--format", "csv")
    assert words.startswith("--why: not with --format csv")


@pytest.mark.parametrize(("columns", "width"), [("80", 80), ("110", 110), ("300", 120)])
def test_width_of_a_pipe(house, monkeypatch, columns, width):
    """COLUMNS is the width of a pipe, too, up to what a comparison uses."""
    monkeypatch.setenv("COLUMNS", columns)
    invoke("compare", "bad-boot")
    assert house.asked["render"]["width"] == width


@pytest.mark.parametrize("option", ["--wide", "--assumptions"])
def test_compare_refuses_what_json_cannot_honor(house, capsys, option):
    """Options of the table are refused with the other formats."""
    words = refused(capsys, "compare", "bad-boot", option, "--format", "json")
    assert words.startswith(f"{option}: not with --format json")


def test_assumptions_follow_the_table(house):
    """--assumptions lists below the table what the file leaves open."""
    told = invoke("compare", "bad-boot", "--assumptions", "--wide")
    assert told == "the table\nEvery value is given in the file.\n"


def test_compare_takes_some_strategies(capsys):
    """--strategy takes names with commas or may be repeated; an unknown name is refused."""
    told = ("compare", "bad-boot", "--runs", "3", "--format", "csv")
    some = invoke(*told, "--strategy", "linear,rolling", "--strategy", "canary")
    names = [line.split(",")[0] for line in some.splitlines()[1:]]
    assert set(names) == {"linear", "rolling", "canary"}
    words = refused(capsys, "compare", "bad-boot", "--strategy", "rolling,canari")
    assert words.startswith('unknown strategy "canari"; did you mean "canary"?')


def test_threads_come_from_the_environment(house, monkeypatch):
    """SIMDEPLOY_THREADS stands for --threads."""
    monkeypatch.setenv("SIMDEPLOY_THREADS", "3")
    invoke("compare", "bad-boot")
    assert house.asked["compare"]["threads"] == 3


def test_import_writes_a_scenario(house):
    """Import hands all files over at once and ends with what was assumed, as a command."""
    told = invoke("import", "aws", "a.json", "b.json", "-o", "my.yaml", "--service", "x")
    assert told.splitlines() == [
        "said in the files, but not by a scenario:",
        "  alarms: none watches",
        "wrote my.yaml; 3 values assumed (all: --assumptions); next, with yours:",
        "simdeploy compare my.yaml \\",
        "  --set traffic.rate=100 \\",
        "  --set service.request_time.median=80ms",
    ]
    assert house.asked["import"] == [Path("a.json"), Path("b.json")]
    assert house.asked["options"].service == "x"
    assert house.asked["write"] == ("mine", Path("my.yaml"))


def test_import_without_its_old_name(house):
    """The kind of file is no word of the command any more, and a scenario may go to a pipe."""
    told = invoke("import", "a.json", "-o", "-")
    assert told.startswith("name: mine\n")
    assert house.asked["import"] == [Path("a.json")]
    assert "write" not in house.asked


def test_import_lists_all_that_was_assumed(house):
    """--assumptions lists every value by its source."""
    told = invoke("import", "a.json", "-o", "my.yaml", "--assumptions")
    assert "AWS's default:\n  service.stop_timeout: 30s\n" in told


def test_the_gallery_is_listed_by_question():
    """Every scenario stands under the question that it asks, with its title."""
    shown = invoke("scenarios").splitlines()
    asked = by_question(scenario.builtin_scenarios())
    assert [line for line in shown if line and not line.startswith(" ")] == list(asked)
    assert sorted(line.split()[0] for line in shown if line.startswith("  ")) == sorted(
        scenario.builtin_scenarios()
    )
    assert ["bad-boot", "The new image crashes at boot"] in [x.split(maxsplit=1) for x in shown]
    assert max(map(len, shown)) <= 100


@pytest.mark.parametrize("form", ["json", "csv", "markdown"])
def test_the_gallery_is_listed_in_every_format(form):
    """Each format names the question, the scenario and its title."""
    told = invoke("scenarios", "--format", form)
    if form == "json":
        found = {one["name"]: one for one in json.loads(told)}
        assert found["bad-boot"] == {
            "name": "bad-boot",
            "question": "Does it start?",
            "title": "The new image crashes at boot",
        }
        assert set(found) == set(scenario.builtin_scenarios())
    else:
        ends = {"csv": ",", "markdown": " | "}[form]
        row = ends.join(["Does it start?", "bad-boot", "The new image crashes at boot"])
        assert any(row in line for line in told.splitlines())


def test_the_schema_is_json():
    """The schema is a JSON Schema with every key of the file."""
    told = json.loads(invoke("schema"))
    assert {"name", "service", "strategies"} <= set(told["properties"])


def test_a_users_file_is_executed(house, tmp_path):
    """--load executes the file before the scenario is read."""
    mine = tmp_path / "mine.py"
    mine.write_text("import pathlib\npathlib.Path(__file__).with_suffix('.ran').touch()\n")
    invoke("run", "bad-boot", "--load", str(mine))
    assert mine.with_suffix(".ran").exists()


def test_a_bug_is_not_hidden(house, monkeypatch):
    """An error that nobody expected keeps its traceback, where no file of the user's was loaded."""
    monkeypatch.delitem(sys.modules, "simdeploy.strategies.user_file", raising=False)
    monkeypatch.setattr(scenario, "load_scenario", lambda name, overrides: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        main(["run", "bad-boot"])


def test_a_bar_appears_only_after_its_time(monkeypatch):
    """Work that is done in time shows no bar; longer work shows one."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with terminal.progress("quick") as bar:
        bar(1, 10)
        assert bar.bar is None
    with terminal.progress("slow", after=0.0) as bar:
        bar(1, 10)
        assert bar.bar is not None


def test_no_bar_without_a_terminal():
    """Into a file or a pipe no bar is drawn."""
    with terminal.progress("piped") as bar:
        assert bar is None
