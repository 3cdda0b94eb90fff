"""Writes what CodeDeploy and ECS would keep of a simulated run: records with stages.

CodeDeploy lists every lifecycle event; one without a hook takes half a second here, and so does the
way to the next. Of ECS there are looks at a service deployment, some seconds apart.
"""

from simdeploy.semantics import plan
from simdeploy.strategies.parts import ALL_STAGES
from tests.observed import writing

EVENTS = (
    "BeforeInstall", "Install", "AfterInstall", "AllowTestTraffic", "AfterAllowTestTraffic",
    "BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic",
)  # fmt: skip
INSTANT = 0.05


def late(timeline):
    """Return how much later (s) than ordered all traffic has moved; the wait begins then."""
    moved = [event.t for event in timeline.events if event.kind == "traffic_shifted"]
    return moved[-1] - kept_from(timeline)


def kept_from(timeline):
    """Return when (s after the command) a run begins to wait with the old tasks."""
    return next(step.t for step in timeline.steps if step.op == plan.BAKE)


def _ends(timeline):
    steps = timeline.steps
    return [step.t for step in steps[1:]] + [steps[-1].t]


def lifecycle(timeline):
    """Return (name, start, end) in seconds after the command, of a run that is not undone."""
    moved = [event.t for event in timeline.events if event.kind == "traffic_shifted"]
    found = {}
    shifting = False
    for step, end in zip(timeline.steps, _ends(timeline), strict=True):
        shifting |= step.op == plan.SHIFT_TRAFFIC
        if step.op in (plan.START_NEW_TASKS, plan.AWAIT_HEALTHY):
            name = "Install"
        elif step.op in (plan.HOOK, plan.APPROVE):
            name = ALL_STAGES[int(step.a)]
        elif shifting and step.op in (plan.SHIFT_TRAFFIC, plan.WAIT):
            name = "AllowTraffic"
        else:
            continue
        found[name] = (found.get(name, (step.t,))[0], end)
    found["AllowTraffic"] = (found["AllowTraffic"][0], moved[-1])
    rows, at = [], found["Install"][0]
    for name in EVENTS:
        start, end = found.get(name, (at, at + INSTANT))
        rows.append((name, start, end))
        at = end
    return rows


def code_deploy(timeline, number, epoch, config="CodeDeployDefault.ECSCanary10Percent5Minutes"):
    """Return the outputs of get-deployment and of batch-get-deployment-targets."""
    ends = [e.t for e in timeline.events if e.kind == "deployment_finished"]
    info = {
        "deploymentId": f"d-{number:09X}", "deploymentConfigName": config,
        "status": "Succeeded", "createTime": writing.iso(epoch),
        "completeTime": writing.iso(epoch + ends[0] + late(timeline)),
    }  # fmt: skip
    target = {
        "deploymentId": info["deploymentId"], "targetId": "main:web", "status": "Succeeded",
        "lifecycleEvents": [
            {"lifecycleEventName": name, "startTime": writing.iso(epoch + start),
             "endTime": writing.iso(epoch + end), "status": "Succeeded"}
            for name, start, end in lifecycle(timeline)
        ],
    }  # fmt: skip
    ecs = {"deploymentTargetType": "ECSTarget", "ecsTarget": target}
    return {"deploymentInfo": info}, {"deploymentTargets": [ecs]}


def stages(timeline):
    """Return (begin, stage) of a run under ECS, in seconds after the command."""
    rows, shifting = [(0.0, "RECONCILE_SERVICE")], False
    for step in timeline.steps:
        shifting |= step.op == plan.SHIFT_TRAFFIC
        name = {
            plan.START_NEW_TASKS: "SCALE_UP", plan.TEST_TRAFFIC: "TEST_TRAFFIC_SHIFT",
            plan.SHIFT_TRAFFIC: "PRODUCTION_TRAFFIC_SHIFT", plan.BAKE: "BAKE_TIME",
            plan.STOP_OLD_TASKS: "CLEAN_UP",
        }.get(step.op)  # fmt: skip
        if step.op in (plan.HOOK, plan.APPROVE):
            name = ALL_STAGES[int(step.a)]
        if name:
            rows.append((step.t, name))
    # The stage lasts until the traffic has moved; the bake follows it.
    behind = {"BAKE_TIME": late(timeline), "CLEAN_UP": late(timeline)}
    return [(t + behind.get(name, 0.0), name) for t, name in rows]


def native(timeline, number, epoch, strategy="CANARY", every=5.0):
    """Return the outputs of describe-service-deployments: polls some seconds apart, and the last.

    Of polls that say the same, one after the other, the first and the last are kept.
    """
    finished = next(e.t for e in timeline.events if e.kind == "deployment_finished")
    finished += late(timeline)
    rows = stages(timeline)
    record = {
        "serviceDeploymentArn": f"arn:aws:ecs:eu-west-1:1:service-deployment/main/web/{number}",
        "serviceArn": "arn:aws:ecs:eu-west-1:1:service/main/web",
        "createdAt": writing.iso(epoch), "startedAt": writing.iso(epoch + 1.6),
        "deploymentConfiguration": {"strategy": strategy}, "status": "IN_PROGRESS",
    }  # fmt: skip
    polls, at = [], 0.5
    while at < finished:
        stage = [name for begin, name in rows if begin <= at][-1]
        look = writing.iso(epoch + at)
        polls.append({"at": look, "serviceDeployments": [record | {"lifecycleStage": stage}]})
        if len(polls) > 2 and all(
            one["serviceDeployments"][0]["lifecycleStage"] == stage for one in polls[-3:]
        ):
            del polls[-2]
        at += every
    end = {"status": "SUCCESSFUL", "finishedAt": writing.iso(epoch + finished),
           "lifecycleStage": "CLEAN_UP"}  # fmt: skip
    return [*polls, {"serviceDeployments": [record | end]}]
