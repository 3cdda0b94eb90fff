"""From the samples of a step to the keys of a scenario that hold it."""

from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

from simdeploy.calibrating import steps
from simdeploy.calibrating.fitting import Fitted, as_measured, fit, independent
from simdeploy.calibrating.measuring import Measured
from simdeploy.calibrating.result import Fit
from simdeploy.calibrating.sample import Sample
from simdeploy.calibrating.setting import Setting
from simdeploy.calibrating.steps import Step
from simdeploy.calibrating.widening import ENOUGH
from simdeploy.distributions import Constant, Distribution, Empirical

#: The stages of a start are used where so many tasks show them, or as many as the events do.
STAGES = (steps.PROVISION, steps.PULL)
STAGE_KEYS = ("service.startup.provisioning", "service.startup.pull",
              "service.startup.container_start")  # fmt: skip
BOOT = "service.startup.boot"
PASSES = "target_group.health_check.initial_passes"
TICK, JITTER = "service.scheduler_tick", "service.control_plane.look_jitter"
#: Steps that no key holds: there is nothing to widen.
FOLLOWS = ("look", "tail", "fails_after", "hook", "alarm_to_rollback")
#: Least provisioning, s, that remains of a start when pull and container start are taken off.
LEAST_LEFT = 1.0
#: Share of the samples that the default first check has to explain.
EXPLAINED = 0.9
CLAMPED = 1.0


def plain(distribution: Distribution) -> Any:
    """Return a distribution as a scenario's file writes it."""
    return distribution.model_dump(by_alias=True)


def choose(measured: Measured, setting: Setting, resolution: float) -> list[Fit]:
    """Return a fit for each step with samples, in the order of a deployment.

    Parameters
    ----------
    measured
        Samples and looks.
    setting
        What the scenario, or its default, says.
    resolution
        The times are known to so much, s.
    """
    samples = {step: found for step, found in measured.samples.items() if found}
    _settle_start(samples, measured)
    chosen: list[Fit] = []
    for step, found in samples.items():
        own = tuple(found)
        fitted = (
            fit(
                own,
                step.spread,
                is_control_plane=step.is_control_plane,
                tick=measured.clock.tick,
                resolution=resolution,
            )
            if step.id not in FOLLOWS
            else as_measured(own)
        )
        make = SPECIAL.get(step.id, _directly)
        chosen.append(make(step, own, fitted, setting, measured))
    if steps.LOOK not in samples and measured.clock.is_fitted:
        chosen.append(_look(steps.LOOK, (), None, setting, measured))
    order = {step.id: k for k, step in enumerate(steps.STEPS)}
    return sorted(chosen, key=lambda one: order[one.step.id])


def _settle_start(samples: dict[Step, list[Sample]], measured: Measured) -> None:
    """Keep either the stages of a start, of tasks, or its whole, of events; never both."""
    whole = samples.get(steps.STARTING, [])
    staged = min(len(samples.get(step, [])) for step in STAGES)
    rest = samples.get(steps.CONTAINER_LOOK) or samples.get(steps.CONTAINER)
    if not whole or (staged and rest and staged >= min(ENOUGH, len(whole))):
        samples.pop(steps.STARTING, None)
        return
    dropped = [step for step in (*STAGES, steps.CONTAINER, steps.CONTAINER_LOOK)
               if samples.pop(step, None)]  # fmt: skip
    if dropped:
        measured.notes.append(
            f"the stages of {max(staged, 1)} starts: the events have more, {len(whole)}"
        )


def _directly(
    step: Step, own: tuple[Sample, ...], fitted: Fitted | None, setting: Setting, _: Measured
) -> Fit:
    """Return the fit of a step that is a key."""
    before = _present(step.key, setting)
    keys = ((step.key, plain(fitted.distribution)),) if fitted and step.key else ()
    return Fit(step, own, fitted, before, keys, "" if fitted else "none has ended")


def _present(path: str, setting: Setting) -> Distribution | None:
    """Return what the scenario has at a path, or its default."""
    if not path:
        return None
    if path == "service.startup.pull":
        return setting.service.startup.pull_time
    block, *rest = path.split(".")
    value: Any = getattr(setting, block)
    for name in rest:
        value = getattr(value, name)
    return value if isinstance(value, Distribution) else None


def _start(
    step: Step, own: tuple[Sample, ...], fitted: Fitted | None, setting: Setting, measured: Measured
) -> Fit:
    """Return the whole start as provisioning; pull and container start keep what they have.

    Where they take longer together than the start did, they become 0.
    """
    provisioning, *others = setting.start_stages()
    rest = sum(stage.quantile(0.5) for stage in others)
    before = Empirical(values=tuple(provisioning.quantile((k + 0.5) / 40) + rest
                                    for k in range(40)))  # fmt: skip
    if fitted is None:
        return Fit(step, own, None, before, (), "none has ended")
    is_constant = all(isinstance(stage, Constant) for stage in others)
    shortest = min([fitted.distribution.quantile(0.01), *(sample.middle for sample in own)])
    if is_constant and shortest - rest >= LEAST_LEFT:
        taken = tuple(_minus(sample, rest) for sample in own)
        part = _refit(step, taken, fitted, rest, measured)
        words = f"pull and container start, {rest:g} s {setting.whose}, are taken off"
        return Fit(step, own, fitted, before, ((STAGE_KEYS[0], plain(part)),), words)
    keys = ((STAGE_KEYS[0], plain(fitted.distribution)), (STAGE_KEYS[1], 0), (STAGE_KEYS[2], 0))
    words = "stands as a whole in provisioning: these files do not say how it divides"
    return Fit(step, own, fitted, before, keys, words)


def _minus(sample: Sample, rest: float) -> Sample:
    return sample._replace(low=max(0.0, sample.low - rest), high=sample.high - rest)


def _refit(
    step: Step, taken: Sequence[Sample], fitted: Fitted, rest: float, measured: Measured
) -> Distribution:
    """Return the distribution of a start without a constant part of it."""
    if isinstance(fitted.distribution, Empirical):
        return Empirical(
            values=tuple(round(max(0.0, v - rest), 3) for v in fitted.distribution.values)
        )
    again = fit(taken, step.spread, tick=measured.clock.tick)
    return again.distribution if again else fitted.distribution


def _at_once(own: Sequence[Sample], setting: Setting) -> list[Sample]:
    """Return the intervals that hold the first check alone, without a boot after registration."""
    latest = setting.target_group.health_check.first_check.quantile(0.95)
    return [s for s in own if not s.is_exact and not s.is_open and s.low <= latest]


def is_booted_at_registration(own: Sequence[Sample], setting: Setting) -> bool:
    """Return whether nearly all targets passed the first check, so that boot was over by then."""
    ended = sum(not sample.is_open for sample in own)
    return bool(ended) and len(_at_once(own, setting)) >= max(1.0, EXPLAINED * ended)


def _boot(
    step: Step, own: tuple[Sample, ...], fitted: Fitted | None, setting: Setting, measured: Measured
) -> Fit:
    """Return the boot of a log, unless it was over when the targets were registered.

    The scenario's boot begins at RUNNING; what runs before that is part of the start.
    """
    before = _present(step.key, setting)
    if is_booted_at_registration(measured.samples.get(steps.FIRST_CHECK, []), setting):
        words = "not written: it was over at registration, within the start"
        return Fit(step, own, fitted, before, (), words)
    return _directly(step, own, fitted, setting, measured)


def _first_check(
    step: Step, own: tuple[Sample, ...], fitted: Fitted | None, setting: Setting, measured: Measured
) -> Fit:
    """Return registered → healthy as first check, with more passes where it exceeds the interval.

    Boot stays 0: as boot the model's checks would kill every task of a service without a grace
    period, although the real tasks lived. A first check comes within the interval; what exceeds it
    is a second pass, up to the healthy threshold. Fact: alb-first-check.
    """
    before = setting.target_group.health_check.first_check
    if fitted is None:
        return Fit(step, own, None, before, (), "none has ended")
    ended = [sample for sample in own if not sample.is_open]
    at_once = _at_once(own, setting)
    if is_booted_at_registration(own, setting):
        words = "boot 0: it was over at registration, as the order to stop came at the next look"
        return Fit(step, own, None, before, ((BOOT, 0),), words)
    if measured.samples.get(steps.BOOT):
        return Fit(step, own, None, before, (), "the boot is measured, and the check follows it")
    words = "boot and wait cannot be told apart: all of it is first check, boot 0"
    if at_once:
        # A look is all that is known of these; what others saw lies well within it.
        shares = [(k + 0.5) / len(at_once) for k in range(len(at_once))]
        taken = [
            sample._replace(low=q, high=q)
            for sample, q in zip(at_once, map(before.quantile, shares), strict=True)
        ]
        late = [sample for sample in own if sample not in at_once]
        known = [*taken, *late]
        is_few = independent(ended) < ENOUGH
        found = fit(known, step.spread) if is_few else as_measured(known)
        fitted = found or fitted
        words += f"; at once in {len(at_once)} of {len(ended)}"
    keys, more = _passes(step, ended, fitted, setting)
    return Fit(step, own, fitted, before, (*keys, (BOOT, 0)), words + more)


def _passes(
    step: Step, ended: Sequence[Sample], fitted: Fitted, setting: Setting
) -> tuple[list[tuple[str, Any]], str]:
    """Return the first check, and the passes that what exceeds the interval needs; with words."""
    check = setting.target_group.health_check
    middle = median(sample.middle for sample in ended)
    passes = min(1 + int(middle // check.interval), check.healthy_threshold)
    times = [fitted.distribution.quantile((k + 0.5) / 40) for k in range(40)]
    if isinstance(fitted.distribution, Empirical):
        times = list(fitted.distribution.values)
    rests = [t - (passes - 1) * check.interval for t in times]
    kept = [round(min(max(rest, 0.0), check.interval), 2) for rest in rests]
    written = fitted.distribution
    if passes > 1 or kept != [round(rest, 2) for rest in rests]:
        written = Empirical(values=tuple(sorted(kept)))
    keys: list[tuple[str, Any]] = [(step.key, plain(written))]
    if passes != check.initial_passes:
        keys.append((PASSES, passes))
    if median(rests) <= check.interval + CLAMPED:
        return keys, ""
    most = f"{passes * check.interval:g} s"
    return keys, f"; the interval {setting.whose}, {check.interval:g} s, allows at most {most}"


def _pauses(
    step: Step, own: tuple[Sample, ...], fitted: Fitted | None, setting: Setting, _: Measured
) -> Fit:
    """Return the pauses after the first, second … failed start in a row."""
    present = setting.service.start_backoff.pauses
    written = []
    for number, pause in enumerate(present, start=1):
        found = fit([s for s in own if s.number == number], step.spread, is_control_plane=True)
        written.append(plain(found.distribution if found else pause))
    keys = ((step.key, written),) if fitted else ()
    return Fit(step, own, fitted, present[0], keys)


def _look(
    step: Step, own: tuple[Sample, ...], fitted: Fitted | None, setting: Setting, measured: Measured
) -> Fit:
    """Return the looks: their period and jitter, of all steps between events."""
    clock = measured.clock
    before = Constant(value=setting.service.scheduler_tick)
    if not clock.is_fitted:
        words = f"{clock.steps} steps between events do not show the looks' period"
        return Fit(step, own, fitted, before, (), words)
    words = f"period {clock.tick:g} s ± {clock.jitter:g} s, of {clock.steps} steps between events"
    return Fit(step, own, fitted, before, ((TICK, clock.tick), (JITTER, clock.jitter)), words)


def _hop(
    step: Step, own: tuple[Sample, ...], fitted: Fitted | None, setting: Setting, _: Measured
) -> Fit:
    """Return CodeDeploy's delay between two events as that of each strategy under CodeDeploy."""
    present = dict(setting.code_deploy)
    before = next(iter(present.values()), None)
    paths = [f"strategies.{name}.controller_delay" for name in present]
    keys = tuple((path, plain(fitted.distribution)) for path in paths) if fitted else ()
    words = "" if keys else "controller_delay of a strategy under CodeDeploy; --into writes it"
    return Fit(step, own, fitted, before, keys, words)


def _noted(words: str) -> "Make":
    """Return a function that makes a fit without a key, with some words."""

    def made(
        step: Step, own: tuple[Sample, ...], fitted: Fitted | None, _: Setting, __: Measured
    ) -> Fit:
        return Fit(step, own, fitted, None, (), words)

    return made


Make = Callable[[Step, tuple[Sample, ...], Fitted | None, Setting, Measured], Fit]
SPECIAL: dict[str, Make] = {
    "start": _start,
    "boot": _boot,
    "first_check": _first_check,
    "look": _look,
    "start_pause": _pauses,
    "controller_delay": _hop,
    "tail": _noted("follows from the looks"),
    "fails_after": _noted("fails_after of an event, such as registry_down"),
    "hook": _noted("duration of a hook of a strategy"),
    "alarm_to_rollback": _noted("poll of an alarm"),
}
