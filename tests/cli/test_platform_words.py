"""An answer on Kubernetes, played through all screens, has no word of ECS."""

import re

import pytest
from matplotlib.text import Text

from simdeploy import (
    check,
    compare,
    compare_faults,
    load_sweep,
    recommend,
    simulate,
    sweep,
    tune,
)
from simdeploy.cli.app import main
from simdeploy.report.plots.dots import plot_comparison
from simdeploy.report.plots.figures import plot_compare, plot_run
from simdeploy.report.plots.sweep import plot_sweep
from simdeploy.report.story.export import to_html, to_markdown
from simdeploy.report.tuning.plot import plot_tuning
from simdeploy.scenario import load_scenario
from simdeploy.scenario.vocabulary import ROWS, Vocabulary

SHOP = """
name: shop
platform: kubernetes
story: One answer in four is an error, while the nodes are nearly full.
service:
  desired_count: 4
  capacity_rps: 25
  workers: 3
  startup: {boot: {distribution: lognormal, median: 18s, p95: 31s}}
  readiness: {initial_delay: 3s, period: 8s, timeout: 2s, successes: 2, failures: 2, depth: deep}
  startup_probe: {period: 4s, failures: 25}
  pre_stop: 3s
  termination_grace_period: 37s
  slots: 6
  max_connections: 50
traffic: {rate: 70, websockets: {open: 40}}
release: {faults: [{kind: errors, rate: 25%}, {kind: boot_crash, probability: 30%, after: 3s}]}
environment:
  events:
    - {kind: traffic_spike, from: 3m, until: 9m, factor: 1.3}
    - {kind: registry_down, from: 1m, until: 2m}
    - {kind: capacity_unavailable, from: 2m, until: 3m}
    - {kind: flaky_health_checks, from: 4m, until: 8m, probability: 3%}
    - {kind: task_crash, at: 150s, tasks: 1}
    - {kind: task_hang, at: 200s, tasks: 1}
alarms:
  - {name: errors, metric: target_5xx_rate, threshold: 6%, period: 1m, datapoints: 1, of: 2}
operator: {notices: 8m, decides: 3m, first_command: refused}
strategies:
  rolling: {type: kubernetes_rolling, max_surge: 2, max_unavailable: 1, progress_deadline: 150s}
  undoing: {type: kubernetes_rolling, progress_deadline: 2m, on_deadline: undo}
  recreate: {type: recreate}
  blue-green: {type: blue_green, controller: custom, termination_wait: 7m, alarms: [errors]}
  canary:
    type: traffic_steps
    controller: custom
    scale_with_weight: true
    alarms: [errors]
    steps: [{percent: 15, wait: 2m}, {percent: 100}]
horizon: 50m
questions:
  - {ask: Who loses most containers?, kind: choice, metric: failed_tasks}
  - {ask: How many with rolling?, kind: number, metric: failed_tasks, strategy: rolling}
"""
#: Changes of the scenario: a good release, one that never gets ready, one beyond its capacity.
CHANGES = {
    "as it is": (),
    "good": ("release={}", "environment={}"),
    "never ready": ("release.faults=[{kind: never_listens}]", "environment={}", "horizon=90m"),
    "overload": ("traffic.rate=130", "release.faults=[{kind: slow, factor: 2}]", "environment={}"),
}
COMPARE = ("compare", "shop.yaml", "--runs", "20")
SCREENS = (
    COMPARE,
    (*COMPARE, "--wide"),
    (*COMPARE, "--why"),
    (*COMPARE, "--before", "traffic.rate=30"),
    (*COMPARE, "--format", "markdown"),
    ("compare", "shop.yaml", "--runs", "5", "--faults"),
    ("run", "shop.yaml", "--compare", "rolling,blue-green"),
    *(("run", "shop.yaml", "--strategy", name, "--why")
      for name in ("rolling", "undoing", "recreate", "blue-green", "canary")),
    ("ask", "shop.yaml", "--answers", "--runs", "20"),
    ("check", "shop.yaml", "--runs", "20"),
    ("check", "shop.yaml", "--runs", "20", "--format", "sarif"),
    ("recommend", "shop.yaml", "--runs", "10", "--runbook"),
    ("tune", "shop.yaml", "--runs", "20", "--budget", "100", "--objective", "failed_tasks"),
)  # fmt: skip
#: Words that both platforms use, beside those of the rows.
OF_BOTH = {"more", "stop", "stops"}
#: Words of ECS that no row has.
OTHERS = ("targets?", "target groups?", "tasks?", "load balancer", "CodeDeploy", "CloudWatch",
          "ALB", "drain(s|ed|ing)?", "deregist\\w+", "circuit breaker", "task definition",
          "health checks?", "healthy", "scheduler", "listener")  # fmt: skip
OF_ECS = re.compile(
    "|".join(
        rf"\b{word}\b"
        for word in (
            *OTHERS,
            *(re.escape(r.ecs) for n, r in ROWS.items() if n not in OF_BOTH and "{" not in r.ecs),
        )
    )
)
#: Names of keys and settings are the same on all platforms.
SETTING = re.compile(r"--(set|knob) '?\S+|\w+(\.\w+)+|\w+_\w+|\"[\w-]+\"")


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """Write the scenario to a folder and go there."""
    (tmp_path / "shop.yaml").write_text(SHOP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")


def ecs_words(text):
    """Return the words of ECS in a text, each with the line that has it."""
    lines = [SETTING.sub("", line) for line in text.splitlines()]
    return [(found[0], line) for line in lines if (found := OF_ECS.search(line))]


@pytest.mark.many_runs
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.usefixtures("shop")
def test_no_word_of_ecs_in_any_screen(change, capsys):
    """No screen of an answer on Kubernetes names a task, a target or a health check."""
    settings = [word for setting in CHANGES[change] for word in ("--set", setting)]
    some = SCREENS if change == "as it is" else (*SCREENS[:1], *SCREENS[6:11], SCREENS[13])
    for screen in some:
        code, shown = main([*screen, *settings]), capsys.readouterr()
        assert code == 0, (screen, shown.err)
        assert ecs_words(shown.out) == [], screen


def test_words_of_ecs_are_found_on_ecs(monkeypatch, capsys):
    """The search finds words of ECS in an answer on ECS."""
    monkeypatch.setenv("COLUMNS", "100")
    assert main(["run", "bad-boot", "--strategy", "rolling"]) == 0
    found = {word for word, _ in ecs_words(capsys.readouterr().out)}
    assert {"task", "circuit breaker"} <= found


@pytest.mark.many_runs
@pytest.mark.usefixtures("shop")
def test_no_word_of_ecs_in_pictures_and_pages():
    """Captions and legends of pictures, and the pages for notebooks, have no word of ECS."""
    scenario = load_scenario("shop.yaml")
    lives = [simulate(scenario, name).timeline for name in scenario.strategies]
    compared = compare(scenario, runs=10)
    tuned = tune("shop.yaml", "canary", runs=20, budget=100, objectives=("failed_tasks", "harm"))
    dots = plot_comparison(compared, metric="failed_tasks")
    sweep("shop.yaml", {"service.shutdown": "1s,2s"}, out="swept", runs=10)
    curves = plot_sweep(load_sweep("swept"), metric="peak_tasks")
    figures = [plot_run(lives[0]), plot_compare(lives), dots, plot_tuning(tuned), curves]
    for figure in figures:
        texts = "\n".join(text.get_text() for text in figure.findobj(Text))
        assert ecs_words(texts) == []
    told = [told(life, scenario) for life in lives for told in (to_html, to_markdown)]
    results = (compared, tuned, check("shop.yaml", runs=10), recommend(scenario, runs=10),
               compare_faults(scenario, runs=5))  # fmt: skip
    for page in (*told, *(result._repr_html_() for result in results)):
        assert ecs_words(re.sub(r"<[^>]*>", "\n", page)) == []


def test_metrics_keep_their_names():
    """On Kubernetes a metric has other words, and the name and kind that it has everywhere."""
    for platform in ("ecs", "kubernetes"):
        for name in ("failed_tasks", "peak_tasks", "all_healthy_s", "requests"):
            assert Vocabulary(platform).metric(name).name == name
    assert Vocabulary("kubernetes").metric("peak_tasks").title == "Most pods"
