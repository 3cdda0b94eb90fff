"""Fabricated timelines: the shapes an engine gives, made by hand for the tests of the reports."""

from simdeploy.results.timeline import Event, TaskLife, Timeline

RPS = 200.0
BOUNDS = {"old_tasks": 6, "floor": 6, "cap": 12, "desired": 6}


def life(task: int, revision: str, *spans: tuple[float, str], start: float, failed: str = ""):
    """Return a task that passes through ``spans`` of (seconds, stage), one after the other."""
    stages, now = [], start
    for length, stage in spans:
        stages.append((now, now + length, stage))
        now += length
    return TaskLife(task, revision, stages, failed)


def starts(task: int, at: float, *, healthy: float, then: float = 0.0):
    """Return a new task that starts at ``at``, is healthy for a while and then drains."""
    spans = [
        (15 + task % 3, "provisioning"),
        (26, "pulling"),
        (3, "starting"),
        (20, "booting"),
        (9 + task % 4, "checking"),
        (healthy, "healthy"),
    ]
    return life(
        task, "new", *spans, *([(then, "draining"), (2, "stopping")] if then else []), start=at
    )


def old(task: int, until: float, drain: float = 30.0):
    """Return an old task that serves until it is drained."""
    return life(task, "old", (until, "healthy"), (drain, "draining"), (2, "stopping"), start=0.0)


def events_of(tasks: list[TaskLife]) -> list[Event]:
    """Return what an engine would say about the lives of these tasks."""
    out = []
    for one in tasks:
        out += _life_events(one)
    return sorted(out, key=lambda e: e.t)


def _life_events(one: TaskLife) -> list[Event]:
    def event(t, kind, rule="", **data):
        return Event(t, kind, one.task, one.revision, rule, data)

    out = []
    if one.revision == "new" or one.stages[0][0] > 0:
        out.append(event(one.stages[0][0], "task_created", "ecs-launch-rate"))
    for start, end, stage in one.stages:
        if stage == "booting":
            out += [event(start, "task_running"), event(start, "task_registered")]
        elif stage == "checking":
            out.append(event(end, "target_healthy", "alb-first-check"))
        elif stage == "draining":
            out.append(event(start, "target_draining", "alb-deregistration-delay"))
        elif stage == "stopping":
            out += [event(start, "task_stopping"), event(end, "task_stopped")]
    return out


def happy_rolling() -> Timeline:
    """Return a rolling deployment of a good release: six new tasks in, six old ones out."""
    tasks = [old(i, 76.0 + 2 * i) for i in range(6)]
    tasks += [starts(6 + i, 0.0 + i, healthy=7200 - 80 - i) for i in range(6)]
    start = Event(
        0.0,
        "deployment_started",
        rule="ecs-capacity-rounding",
        data={**BOUNDS, "strategy": "rolling", "controller": "ecs"},
    )
    end = Event(118.0, "deployment_finished", data={"outcome": "succeeded"})
    state = [
        (0.0, RPS, 0.0, 0.0, 0.0, 360.0, 6, 6, 6),
        (77.0, RPS, 0.0, 0.0, 0.5, 540.0, 9, 3, 6),
        (92.0, RPS, 0.0, 0.0, 1.0, 360.0, 6, 0, 6),
    ]
    metrics = {
        "verdict": "shipped",
        "outcome": "succeeded",
        "requests": 1.44e6,
        "horizon": 7200.0,
        "failed_requests": 0.0,
        "extra_cost_usd": 0.03,
        "failed_tasks": 0.0,
        "deployment_s": 118.0,
    }
    return Timeline(
        "happy-path",
        "rolling",
        1,
        0,
        7200.0,
        [start, *events_of(tasks), end],
        tasks,
        state,
        metrics,
    )


def bad_boot_rolling() -> Timeline:
    """Return a rolling deployment whose tasks all die two seconds after they run."""
    tasks = [life(i, "old", (7200.0, "healthy"), start=0.0) for i in range(6)]
    events = [
        Event(
            0.0,
            "deployment_started",
            rule="ecs-capacity-rounding",
            data={**BOUNDS, "strategy": "rolling", "controller": "ecs"},
        )
    ]
    attempts = [(i, i * 0.7) for i in range(6)] + [(6 + i, 60.0 + 55 * i) for i in range(4)]
    for failures, (index, at) in enumerate(attempts, start=1):
        one = life(
            6 + index,
            "new",
            (15, "provisioning"),
            (28, "pulling"),
            (3, "starting"),
            (2, "booting"),
            start=at,
            failed="boot_crash",
        )
        tasks.append(one)
        events += _life_events(one)
        events.append(
            Event(
                at + 48,
                "task_failed",
                one.task,
                "new",
                "ecs-breaker-stage-one",
                {"cause": "boot_crash", "failures": min(failures, 10), "threshold": 10},
            )
        )
    events += [
        Event(
            273.0,
            "breaker_tripped",
            rule="ecs-breaker-threshold",
            data={"failures": 10, "threshold": 10},
        ),
        Event(273.0, "rollback_started", data={"reason": "breaker", "to": "old"}),
        Event(293.0, "rollback_finished"),
        Event(293.0, "deployment_finished", data={"outcome": "rolled_back"}),
    ]
    state = [(0.0, RPS, 0.0, 0.0, 0.0, 360.0, 6, 6, 6), (293.0, RPS, 0, 0, 0.0, 360.0, 6, 6, 0)]
    metrics = {
        "verdict": "stopped",
        "outcome": "rolled_back",
        "requests": 1.44e6,
        "failed_requests": 0.0,
        "extra_cost_usd": 0.05,
        "failed_tasks": 10.0,
        "deployment_s": 293.0,
        "decision_s": 273.0,
    }
    return Timeline(
        "bad-boot",
        "rolling",
        1,
        17,
        7200.0,
        sorted(events, key=lambda e: e.t),
        tasks,
        state,
        metrics,
    )


def shallow_blue_green() -> Timeline:
    """Return a blue-green deployment whose new revision answers errors behind a green check."""
    tasks = [life(i, "old", (7200.0, "healthy"), start=0.0) for i in range(6)]
    tasks += [starts(6 + i, 4.0 + i, healthy=292.0, then=30.0) for i in range(6)]
    events = [
        Event(
            0.0,
            "deployment_started",
            data={
                "old_tasks": 6,
                "desired": 6,
                "strategy": "blue_green",
                "controller": "code_deploy",
            },
        ),
        *events_of(tasks),
        Event(90.0, "test_traffic_shifted", rule="codedeploy-events"),
        Event(90.0, "hook_started", data={"stage": "AfterAllowTestTraffic"}),
        Event(155.0, "hook_finished", data={"stage": "AfterAllowTestTraffic"}),
        Event(
            165.0, "traffic_shifted", rule="codedeploy-shift-configurations", data={"percent": 100}
        ),
        Event(165.0, "termination_started", data={"wait": 3600.0}),
        Event(
            245.0,
            "alarm_raised",
            rule="cloudwatch-m-of-n",
            data={"alarm": "checkout-5xx", "value": 0.38, "threshold": 0.01},
        ),
        Event(262.0, "rollback_started", data={"reason": "alarm", "to": "old"}),
        Event(268.0, "traffic_shifted", data={"percent": 0}),
        Event(268.0, "rollback_finished"),
        Event(402.0, "deployment_finished", data={"outcome": "rolled_back"}),
        Event(460.0, "alarm_cleared", data={"alarm": "checkout-5xx"}),
    ]
    state = [
        (0.0, RPS, 0.0, 0.0, 0.0, 360.0, 6, 6, 6),
        (84.0, RPS, 0, 0, 0.0, 360.0, 12, 6, 6),
        (167.0, RPS, 76.0, 0.0, 1.0, 360.0, 12, 6, 6),
        (268.0, RPS, 0.0, 0.0, 0.0, 360.0, 12, 6, 6),
        (402.0, RPS, 0.0, 0.0, 0.0, 360.0, 6, 6, 0),
    ]
    metrics = {
        "verdict": "stopped",
        "outcome": "rolled_back",
        "requests": 1.44e6,
        "failed_requests": 7676.0,
        "downtime_s": 38.4,
        "extra_cost_usd": 0.03,
        "failed_tasks": 0.0,
        "incompatible_writes": 412.0,
        "exposed_requests": 20200.0,
    }
    return Timeline(
        "shallow",
        "blue-green",
        1,
        3,
        7200.0,
        sorted(events, key=lambda e: e.t),
        tasks,
        state,
        metrics,
    )


def linear_shift(steps: int = 10) -> Timeline:
    """Return a good release shifted in equal steps a minute apart."""
    tasks = [old(i, 4300.0) for i in range(6)]
    tasks += [starts(6 + i, 4.0 + i, healthy=7110.0) for i in range(6)]
    shifts = [(100.0 + 60 * i, 100.0 * (i + 1) / steps) for i in range(steps)]
    events = [
        Event(
            0.0,
            "deployment_started",
            data={"old_tasks": 6, "desired": 6, "strategy": "linear", "controller": "code_deploy"},
        ),
        *events_of(tasks),
        *(Event(t, "traffic_shifted", data={"percent": percent}) for t, percent in shifts),
        Event(shifts[-1][0], "termination_started", data={"wait": 3600.0}),
        Event(4332.0, "deployment_finished", data={"outcome": "succeeded"}),
    ]
    state = [(0.0, RPS, 0.0, 0.0, 0.0, 360.0, 6, 6, 6)]
    state += [(t + 3, RPS, 0.0, 0.0, percent / 100, 360.0, 12, 6, 6) for t, percent in shifts]
    metrics = {
        "verdict": "shipped",
        "outcome": "succeeded",
        "requests": 1.44e6,
        "failed_requests": 0.0,
        "extra_cost_usd": 0.31,
        "failed_tasks": 0.0,
    }
    return Timeline(
        "happy-path",
        "linear",
        1,
        0,
        7200.0,
        sorted(events, key=lambda e: e.t),
        tasks,
        state,
        metrics,
    )


def recreate_outage() -> Timeline:
    """Return a recreate deployment that is down until a person acts, far past capacity."""
    tasks = [old(i, 0.0) for i in range(6)]
    events = [
        Event(
            0.0,
            "deployment_started",
            data={
                "old_tasks": 6,
                "floor": 0,
                "cap": 6,
                "desired": 6,
                "strategy": "recreate",
                "controller": "ecs",
            },
        )
    ]
    for index in range(6 * 8):
        at = 32.0 + 180 * (index // 6) + index % 6
        one = life(
            6 + index,
            "new",
            (15, "provisioning"),
            (28, "pulling"),
            (5, "booting"),
            start=at,
            failed="boot_crash",
        )
        tasks.append(one)
        events += _life_events(one)
        events.append(
            Event(
                at + 48,
                "task_failed",
                one.task,
                "new",
                "",
                {"cause": "boot_crash", "failures": index + 1},
            )
        )
    tasks += [
        life(
            60 + i,
            "old",
            (15, "provisioning"),
            (28, "pulling"),
            (20, "booting"),
            (10, "checking"),
            (7200 - 1513, "healthy"),
            start=1440.0,
        )
        for i in range(6)
    ]
    events += events_of(tasks[:6] + tasks[-6:])
    events += [
        Event(1390.0, "operator_decided", data={"reason": "failing"}),
        Event(1390.0, "rollback_started", data={"reason": "operator", "to": "old"}),
        Event(1513.0, "rollback_finished"),
        Event(1513.0, "deployment_finished", data={"outcome": "rolled_back"}),
    ]
    state = [(0.0, RPS, RPS, 0.0, 0.0, 0.0, 0, 6, 0), (1513.0, RPS, 0.0, 0.0, 0.0, 360.0, 6, 6, 0)]
    metrics = {
        "verdict": "stopped",
        "outcome": "rolled_back",
        "requests": 1.44e6,
        "failed_requests": 302600.0,
        "downtime_s": 1513.0,
        "outage_s": 1513.0,
        "extra_cost_usd": 0.01,
        "failed_tasks": 48.0,
    }
    return Timeline(
        "bad-boot",
        "recreate",
        1,
        17,
        7200.0,
        sorted(events, key=lambda e: e.t),
        tasks,
        state,
        metrics,
    )


def stuck() -> Timeline:
    """Return a rolling deployment between floor 6 and cap 6, which can never move."""
    tasks = [life(i, "old", (7200.0, "healthy"), start=0.0) for i in range(6)]
    bounds = {**BOUNDS, "cap": 6}
    events = [
        Event(0.0, "deployment_started", data={**bounds, "strategy": "rolling"}),
        Event(0.0, "deployment_stuck", rule="ecs-stuck-deployment", data={"floor": 6, "cap": 6}),
    ]
    metrics = {
        "verdict": "held",
        "outcome": "stuck",
        "requests": 1.44e6,
        "failed_requests": 0.0,
        "extra_cost_usd": 0.0,
        "failed_tasks": 0.0,
        "deployment_s": float("inf"),
    }
    return Timeline(
        "stuck-deployment",
        "rolling",
        1,
        0,
        7200.0,
        events,
        tasks,
        [(0.0, RPS, 0.0, 0.0, 0.0, 360.0, 6, 6, 0)],
        metrics,
    )


def large(count: int = 188) -> Timeline:
    """Return a rolling deployment of many tasks, in waves of a quarter."""
    tasks = [old(i, 90.0 + 80 * (4 * i // count) + i % 7) for i in range(count)]
    tasks += [
        starts(count + i, 80.0 * (4 * i // count), healthy=7200.0 - 80 - 80 * (4 * i // count))
        for i in range(count)
    ]
    events = [
        Event(
            0.0,
            "deployment_started",
            data={
                "old_tasks": count,
                "floor": count,
                "cap": count + count // 4,
                "desired": count,
                "strategy": "rolling",
            },
        ),
        *events_of(tasks),
        Event(400.0, "deployment_finished", data={"outcome": "succeeded"}),
    ]
    state = [(0.0, 6000.0, 0.0, 0.0, 0.0, 11280.0, count, count, count // 4)]
    state += [
        (90.0 + 80 * i, 6000.0, 0.0, 0.0, (i + 1) / 4, 11280.0, count, 0, count) for i in range(4)
    ]
    metrics = {
        "verdict": "shipped",
        "outcome": "succeeded",
        "requests": 4.3e7,
        "failed_requests": 0.0,
        "extra_cost_usd": 1.2,
        "failed_tasks": 0.0,
    }
    return Timeline(
        "large", "rolling", 1, 0, 7200.0, sorted(events, key=lambda e: e.t), tasks, state, metrics
    )


def sick_rolling() -> Timeline:
    """Return a rolling deployment below capacity whose new tasks turn unhealthy and are killed."""
    tasks = [old(i, 4.0 * i) for i in range(3)]
    tasks += [life(i, "old", (7200.0, "healthy"), start=0.0) for i in range(3, 6)]
    events = [Event(0.0, "deployment_started", data={**BOUNDS, "floor": 3, "strategy": "rolling"})]
    for index in range(9):
        at = 5.0 + 110 * (index // 3) + 3 * (index % 3)
        spans = [(15, "provisioning"), (26, "pulling"), (10, "booting"), (20, "checking")]
        one = life(6 + index, "new", *spans, (25, "unhealthy"), start=at, failed="killed")
        tasks.append(one)
        events += [e for e in _life_events(one) if e.kind != "target_healthy"]
        checks = {"failures": 2, "threshold": 2}
        died = {"cause": "killed", "failures": index + 1, "threshold": 3}
        events += [
            Event(at + 71, "target_unhealthy", 6 + index, "new", "", checks),
            Event(at + 96, "task_failed", 6 + index, "new", "ecs-breaker-stages", died),
        ]
    alarm = {"alarm": "checkout-5xx", "value": 0.1, "threshold": 0.01}
    events += [
        *events_of(tasks[:3]),
        Event(340.0, "operator_decided", data={"reason": "failing"}),
        Event(343.0, "rollback_started", data={"reason": "operator", "to": "old"}),
        Event(6000.0, "alarm_raised", data=alarm),
    ]
    state = [(0.0, RPS, 0.0, 0.0, 0.0, 360.0, 6, 6, 0), (8.0, RPS, 20.0, 0.3, 0.0, 180.0, 3, 6, 3)]
    metrics = {
        "verdict": "held",
        "outcome": "in_progress",
        "requests": 1.44e6,
        "failed_requests": 143_840.0,
        "extra_cost_usd": -0.2,
        "failed_tasks": 9.0,
        "slow_requests": 431_520.0,
        "slow_s": 7192.0,
        "deployment_s": float("inf"),
    }
    return Timeline(
        "never-healthy",
        "rolling",
        1,
        2,
        7200.0,
        sorted(events, key=lambda e: e.t),
        tasks,
        state,
        metrics,
    )


ALL = (
    happy_rolling,
    bad_boot_rolling,
    shallow_blue_green,
    linear_shift,
    recreate_outage,
    stuck,
    sick_rolling,
    large,
)
