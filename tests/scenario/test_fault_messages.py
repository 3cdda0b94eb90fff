"""Bad input: one line per fault, all at once, with file, line, path, and what would be right."""

import pytest

from simdeploy.errors import ScenarioError
from simdeploy.scenario import load_scenario_text

HEAD = "name: a\nstrategies: {r: {type: rolling}}\n"


def messages(text):
    """Return the lines of what is wrong."""
    with pytest.raises(ScenarioError) as caught:
        load_scenario_text(text, file="f.yaml")
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("service: {desired_count: six}",
         'f.yaml:3: service.desired_count: must be a whole number ≥ 0; got "six"'),
        ("service:\n  desired_cont: 3",
         ('f.yaml:4: service.desired_cont: unknown key; did you mean '
         '"desired_count"?; known: name, desired_count')),
        ("service: {deregistration_delay: 5}", ("f.yaml:3: service.deregistration_delay: unknown "
         'key; did you mean "target_group.deregistration_delay"?; known: name, desired_count')),
        ("service: {request_time: 0}",
         "f.yaml:3: service.request_time: must be greater than zero; got 0"),
        ("defaults: {hooks: [{stage: AfterInstal}]}", ("f.yaml:3: defaults.hooks.0.stage: is no "
         'stage of any controller; got "AfterInstal"; did you mean "AfterInstall"?')),
        ("horizon: 2 parsecs", ('f.yaml:3: horizon: unknown unit for a time; got "2 parsecs"; '
         "allowed: seconds as a number, or 80ms, 90s, 5m, 1h, 2d")),
        ("horizon: .nan", "f.yaml:3: horizon: must be a finite number; got NaN"),
        ("horizon: .inf", "f.yaml:3: horizon: must be a finite number; got Infinity"),
        ("horizon: 0", "f.yaml:3: horizon: must be a time > 0; got 0"),
        ("horizon: 2147483647", ("f.yaml:3: horizon: 429,496,729 health checks in a run, of "
         "100,000,000 instants that are played at most; got 2147483647; allowed: at most 33")),
        ("service: {scheduler_tick: 1e-6}", ("f.yaml:3: service.scheduler_tick: 7,200,000,000 "
         "looks of the scheduler in a run, of 100,000,000 instants that are played at most; "
         "got 1e-06; allowed: at least 7.6e-05 s")),
        ("target_group: {health_check: {interval: 1e-7, timeout: 1e-7}}\nplatform: custom",
         "f.yaml:3: target_group.health_check.interval: 432,000,000,000 health checks in a run"),
        ("horizon:", "f.yaml:3: horizon: must be a time > 0; got null"),
        ("runs: true", "f.yaml:3: runs: must be a whole number ≥ 1; got true"),
        ("runs: 1.5", "f.yaml:3: runs: must be a whole number ≥ 1; got 1.5"),
        ("seed: -1", "f.yaml:3: seed: must be a whole number ≥ 0; got -1"),
        ("title: [a]", 'f.yaml:3: title: must be a text; got ["a"]'),
        ("platform: esc", ('f.yaml:3: platform: unknown word; got "esc"; did you mean "ecs"?; '
         "known: ecs, custom")),
        ("service: 7", "f.yaml:3: service: must be a block of keys; got 7"),
        ("alarms: {}", "f.yaml:3: alarms: must be a list; got {}"),
        ("story: " + "x" * 99 + "\nruns: " + "y" * 99,
         'f.yaml:4: runs: must be a whole number ≥ 1; got "' + "y" * 39 + '…"'),
        ("service: {base_error_rate: 140}", ("f.yaml:3: service.base_error_rate: must be a share "
         "from 0 to 1; got 140; allowed: 0.25 or 25%")),
        ("service: {request_time: {distribution: gama}}", ("f.yaml:3: service.request_time."
         'distribution: unknown distribution; got "gama"; did you mean "gamma"?; known: constant')),
        ("service: {startup: {pull: 3s, pull_mb_per_s: 5}}",
         "f.yaml:3: service.startup.pull: cannot stand beside pull_mb_per_s"),
        ("service: {start_backoff: {pauses: [1s, 1h]}}",
         'f.yaml:3: service.start_backoff.pauses.1: must be at most cap, 1620; got "1h"'),
        ("service: {start_backoff: {first: 1h}}",
         "f.yaml:3: service.start_backoff.first: is now the first of pauses, a list"),
        ("service: {control_plane: {look_jitter: 6s}}",
         "f.yaml:3: service.control_plane.look_jitter: must be less than half of scheduler_tick"),
        ("target_group: {health_check: {interval: 5s}}",
         "f.yaml:3: target_group.health_check.timeout: must be less than interval, 5 s; got 5"),
        ("target_group: {health_check: {initial_passes: 7}}",
         ("f.yaml:3: target_group.health_check."
         "initial_passes: must be at most healthy_threshold, 5; got 7")),
        ("traffic: {rate: 3, steps: [{at: 0, rate: 3}]}",
         "f.yaml:3: traffic.steps: cannot stand beside rate: one tells the rate"),
        ("traffic: {steps: [{at: 0, rate: 3}, {at: 0, rate: 4}]}",
         "f.yaml:3: traffic.steps.1.at: must be after the step before, 0 s; got 0"),
        ("traffic: {steps: [{at: 5, rate: 3}]}",
         "f.yaml:3: traffic.steps: must begin with at: 0s; got [5.0]"),
        ("traffic: {daily: {low: 9, high: 3}}",
         "f.yaml:3: traffic.daily.low: must be at most high, 3; got 9"),
        ("traffic: {daily: {low: 1, high: 3, peak_at: 25h}}", ("f.yaml:3: traffic.daily.peak_at: "
         'must be a time of day; got "25h"; allowed: 14:30, 14h, or seconds after midnight')),
        ("release: {faults: [{kind: boot_crsh}]}",
         ("f.yaml:3: release.faults.0.kind: unknown kind; "
         'got "boot_crsh"; did you mean "boot_crash"?; known: boot_crash, crash')),
        ("release: {faults: [7]}",
         "f.yaml:3: release.faults.0: must be a block with the key kind; got 7; known: boot_crash"),
        ("release: {faults: [{}]}", "f.yaml:3: release.faults.0: needs the key kind; known: boot_"),
        ("release: {faults: [{kind: errors}]}", "f.yaml:3: release.faults.0.rate: is required"),
        ("release: {faults: [{kind: slow, factor: 0.5}]}",
         "f.yaml:3: release.faults.0.factor: must be a number ≥ 1; got 0.5"),
        ("release: {faults: [{kind: schema, change: expand}, {kind: schema, change: expand}]}",
         "f.yaml:3: release.faults.1: schema may stand once per release"),
        ("release: {faults: [{kind: connections, per_task: 3}]}",
         "f.yaml:3: release.faults.0: connections needs service.max_connections"),
        ("release: {faults: [{kind: silent, noticed_after: 3}]}\nreleases: [{}]",
         "f.yaml:4: releases: cannot stand beside release"),
        ("releases: []", "f.yaml:3: releases: must not be empty; got []"),
        ("environment: {events: [{kind: dependency_down, from: 5m, until: 1m}]}",
         'f.yaml:3: environment.events.0.until: must be after from, 300 s; got "1m"'),
        ("environment: {events: [{kind: alarm_noise, alarm: x, probability: 1}]}",
         'f.yaml:3: environment.events.0.alarm: no alarm has this name; got "x"; known: none'),
        ("alarms: [{name: x, metric: cpu, threshold: 80%}, {name: x, metric: cpu, threshold: 9}]",
         'f.yaml:3: alarms.1.name: another alarm has this name; got "x"'),
        ("alarms: [{name: x, metric: cpu, threshold: 8s}]",
         'f.yaml:3: alarms.0.threshold: unknown unit for a percent; got "8s"; allowed: 25 or 25%'),
        ("alarms: [{name: x, metric: any_5xx_rate, threshold: 2}]",
         ("f.yaml:3: alarms.0.threshold: "
         "must be a share from 0 to 1; got 2; allowed: 0.25 or 25%")),
        ("alarms: [{name: x, metric: burn_rate, threshold: 2}]", ("f.yaml:3: alarms.0.slo: "
         "burn_rate needs a slo below 100 %; got null; such as slo: 99.9%")),
        ("alarms: [{name: x, metric: cpu, slo: 0.9, threshold: 2}]",
         "f.yaml:3: alarms.0.slo: is for metric: burn_rate; got 0.9"),
        ("alarms: [{name: x, metric: cpu, threshold: 2, datapoints: 3, of: 2}]",
         "f.yaml:3: alarms.0.datapoints: must be at most of, 2; got 3"),
        ("alarms: [{name: x y, metric: cpu, threshold: 2}]",
         ("f.yaml:3: alarms.0.name: is no name; "
         'got "x y"; allowed: 1 to 255 letters, digits, - and _')),
        ("operator: {first_command: work}", ('f.yaml:3: operator.first_command: unknown word; got '
         '"work"; did you mean "works"?; known: works, refused, same_image, image_gone')),
        ("defaults: {alarms: [x]}",
         'f.yaml:3: defaults.alarms.0: no alarm has this name; got "x"; known: none'),
        ("defaults: {controller: ecs}",
         ("f.yaml:3: defaults.controller: unknown key; known: alarms, "
         "circuit_breaker, bake_time, termination_wait, hooks")),
        ("questions: [{ask: a, kind: choice, metric: failed_request}]", ("f.yaml:3: questions.0."
         'metric: unknown metric; got "failed_request"; did you mean "failed_requests"?; known: ')),
        ("questions: [{ask: a, kind: number, metric: detect_s, strategy: rr}]", ("f.yaml:3: "
         'questions.0.strategy: no strategy has this name; got "rr"; did you mean "r"?; known: r')),
        ("questions: [{ask: a, kind: number, metric: detect_s}]",
         "f.yaml:3: questions.0.strategy: is required for kind: number"),
    ],
)  # fmt: skip
def test_a_fault_is_one_line(text, line):
    """File, line, path, what is wrong, what was found, what is known."""
    found = messages(HEAD + text)
    assert len(found) == 1
    assert found[0].startswith(line)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("strategies: {r: {type: rolling}}", "f.yaml:1: name: is required"),
        ("name: a", "f.yaml:1: strategies: is required"),
        ("name: a\nstrategies: {}", "f.yaml:2: strategies: must not be empty; got {}"),
        ("name: a b\nstrategies: {r: {type: rolling}}", 'f.yaml:1: name: is no name; got "a b"'),
        ("name: a\nstrategies: {r r: {type: rolling}}",
         'f.yaml:2: strategies.r r: is no name; got "r r"'),
        ("name: a\nstrategies: {r: {}}", "f.yaml:2: strategies.r: needs the key type; known: "),
        ("name: a\nstrategies: {r: {type: roling}}",
         'f.yaml:2: strategies.r.type: unknown type; got "roling"; did you mean "rolling"?'),
        ("name: a\nstrategies: {r: {type: rolling, alarms: [x]}}",
         'f.yaml:2: strategies.r.alarms.0: no alarm has this name; got "x"'),
        ("name: a\nstrategies: {f: {type: feature_flag, deploy: {type: rolling, alarms: [x]}}}",
         'f.yaml:2: strategies.f.deploy.alarms.0: no alarm has this name; got "x"'),
        ("name: a\nextends: b.yaml\nstrategies: {r: {type: rolling}}",
         "f.yaml:1: extends: a text on its own cannot extend a file"),
    ],
)  # fmt: skip
def test_the_head_of_a_file(text, line):
    """A name and a strategy are needed, everything else can be left out."""
    found = messages(text)
    assert len(found) == 1
    assert found[0].startswith(line)


def test_all_faults_at_once():
    """Rules between blocks are checked even where blocks have faults of their own."""
    text = """\
name: a
runs: 0
service:
  desired_cont: 3
alarms:
  - {name: x, metric: cpu}
  - {name: y, metric: cpu, threshold: 3, period: 45s}
environment:
  events:
    - {kind: alarm_noise}
    - {kind: alarm_already_red, alarm: x}
    - {kind: alarm_already_red, alarm: z}
strategies:
  r: {type: rolling, alarms: [nobody]}
  s: {type: canary, percent: x}
target_group: {deregistration_delay: 2h}
"""
    assert [line.split(": ")[0:2] for line in messages(text)] == [
        ["f.yaml:2", "runs"],
        ["f.yaml:4", "service.desired_cont"],
        ["f.yaml:6", "alarms.0.threshold"],
        ["f.yaml:7", "alarms.1.period"],
        ["f.yaml:10", "environment.events.0.alarm"],
        ["f.yaml:10", "environment.events.0.probability"],
        ["f.yaml:12", "environment.events.2.alarm"],
        ["f.yaml:14", "strategies.r.alarms.0"],
        ["f.yaml:15", "strategies.s.percent"],
        ["f.yaml:16", "target_group.deregistration_delay"],
    ]


def test_a_thousand_faults_are_told_in_a_hundred_lines():
    """The terminal keeps its history; the exception has them all."""
    with pytest.raises(ScenarioError) as caught:
        load_scenario_text(HEAD + "".join(f"key{i}: 1\n" for i in range(1000)))
    assert len(caught.value.faults) == 1000
    assert str(caught.value).splitlines()[-1] == "… and 900 more"


def test_control_characters_do_not_reach_the_terminal():
    """Names and values are shown escaped."""
    found = messages(HEAD + '"a\\x1b[31m": 1\nruns: "\\x1b[31m"')
    assert not any("\x1b" in line for line in found)
