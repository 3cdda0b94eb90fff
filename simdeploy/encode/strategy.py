"""The plan of a strategy, who carries it out, and the circuit breaker."""

from collections.abc import Sequence

from simdeploy.encode.distribution_rows import Draws, code, put_rows
from simdeploy.encode.release import mask_of
from simdeploy.errors import NotSimulatedError
from simdeploy.model import constants
from simdeploy.model.fields.types import ScenarioRecord
from simdeploy.model.registry import FAULT_KINDS
from simdeploy.scenario import Scenario
from simdeploy.semantics import alarms, breaker
from simdeploy.semantics.plan import SET_FLAG
from simdeploy.semantics.state import NEVER
from simdeploy.strategies import CircuitBreaker, Hook, Step, Strategy
from simdeploy.strategies.planning import shifts_traffic

#: The stage whose hooks also run before traffic is taken back (ecs-native-hook-on-rollback).
BOTH_WAYS = "PRODUCTION_TRAFFIC_SHIFT"


def put_strategy(
    m: ScenarioRecord, draws: Draws, scenario: Scenario, strategy: Strategy, plan: Sequence[Step]
) -> None:
    """Steps, hooks, flag, controller and breaker."""
    below = strategy.carrier
    shifts = shifts_traffic(plan)
    if shifts and not scenario.service.load_balancer:
        raise NotSimulatedError("service.load_balancer: false under a strategy that shifts traffic")
    m.n_groups = 2 if shifts else 1
    m.controller = controller(below, shifts=shifts)
    m.checks_wait_for_shift = is_unlistened(below)
    m.red_alarm_stops = below.codedeploy_red_alarm == "stop"
    put_hooks(m, draws, below)
    m.n_steps = put_rows(m.plan, flagged(m, plan), "strategies: steps of a plan")
    put_breaker(m, scenario, below.circuit_breaker)


def flagged(m: ScenarioRecord, plan: Sequence[Step]) -> list[Step]:
    """Number the shares of users that a flag exposes; 0 is nobody."""
    shares = sorted({step.a for step in plan if step.op == SET_FLAG})
    if not shares:
        return list(plan)
    if len(shares) >= constants.FLAG_LEVELS:
        raise NotSimulatedError(f"feature_flag: more than {constants.FLAG_LEVELS - 1} steps")
    m.has_flag = 1
    m.full_flag_level = len(shares)
    m.flag_shares[1 : len(shares) + 1] = [share / 100.0 for share in shares]
    return [
        Step(step.op, step.a, shares.index(step.a) + 1.0) if step.op == SET_FLAG else step
        for step in plan
    ]


def put_hooks(m: ScenarioRecord, draws: Draws, strategy: Strategy) -> None:
    """Hooks and tests in the strategy's order, and after them the people who are asked."""
    hooks = strategy.hooks
    rows = [
        (draws.add(h.duration), h.timeout, h.never_answers, bits(h.sees), h.chance)
        if isinstance(h, Hook)
        else (draws.add(h.duration), NEVER, False, bits(h.sees), h.chance)
        for h in strategy.tests
    ]
    for one in strategy.approvals:
        limit = NEVER if one.timeout is None else one.timeout
        rows.append((draws.add(one.answers_after), limit, False, bits(one.sees), one.chance))
    put_rows(m.hooks, rows, "strategies: hooks")
    if m.controller == alarms.ECS_NATIVE:
        both = [k for k, hook in enumerate(hooks) if hook.stage == BOTH_WAYS]
        m.n_rollback_hooks = len(both)
        m.rollback_hooks[: len(both)] = both


def bits(kinds: Sequence[str]) -> int:
    """Kinds of faults as bits."""
    return mask_of(FAULT_KINDS[kind] for kind in kinds)


def put_breaker(m: ScenarioRecord, scenario: Scenario, block: CircuitBreaker) -> None:
    """Encode the circuit breaker, which is off where the controller has none."""
    m.breaker_enabled = block.enable
    m.breaker_rolls_back = block.rollback
    m.breaker_threshold = breaker.breaker_threshold(
        code(breaker, block.threshold_type), int(block.threshold), scenario.service.desired_count
    )
    m.breaker_resets = block.reset_on_healthy
    # "auto": exits count where a load balancer or a container check exists (ecs-breaker-exits).
    service = scenario.service
    checked = service.load_balancer or service.container_health_check is not None
    m.breaker_counts_exits = block.counts_exits is True or (
        block.counts_exits == "auto" and checked
    )
    m.breaker_counts_at_detection = block.counts_at == "detect"
    m.breaker_trips_at_once = block.looks == "at_once"


def is_unlistened(strategy: Strategy) -> bool:
    """Whether no listener uses the new target group before production traffic is shifted.

    That is so in a service's very first deployment under CodeDeploy; a later one finds the group
    behind the production listener at weight 0, where its targets are checked
    (alb-unused-group-unchecked, codedeploy-idle-group-attached).
    """
    first = strategy.first_deployment and not strategy.test_listener
    return bool(strategy.controller == "code_deploy" and first)


def controller(strategy: Strategy, *, shifts: bool) -> int:
    """Return who acts on alarms, and when; ``custom`` does as CodeDeploy does."""
    if strategy.controller != "ecs":
        return alarms.CODE_DEPLOY
    return alarms.ECS_NATIVE if shifts else alarms.ECS_ROLLING
