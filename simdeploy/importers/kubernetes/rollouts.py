"""Rollouts of Argo: how they deploy, as strategies.

Source: Argo Rollouts, specification of a ``Rollout``, and the defaults of its controller.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from simdeploy.importers.fields import Fields
from simdeploy.importers.kubernetes import analyses
from simdeploy.importers.kubernetes.canary import ANSWER, Canary
from simdeploy.importers.kubernetes.values import MOST, bound, unknown_keys
from simdeploy.importers.page import (
    ADDED,
    Assumption,
    Item,
    Section,
    assumed,
    either,
    given,
    seconds,
)

DEFAULT = "Argo Rollouts' default"
AT_ONCE = "the controller reacts at once"
#: Keys without a counterpart in a scenario, by what is said of them.
NOT_MODELED = {
    "dynamicStableScale": "old pods shrink as weight leaves them; here all of them stay",
    "minPodsPerReplicaSet": "here a step may have fewer new pods",
    "abortScaleDownDelaySeconds": "after an abort the new pods go at once here",
    "replicaProgressThreshold": "here every step waits for all its pods",
    "previewReplicaCount": "here all new pods start at once",
    "maxUnavailable": "it has no effect here",
}
IDLE = "no effect behind a router, as in Argo"
WINDOW = "Argo goes back to a recent version at once; here a finished rollout plays its steps"
BACKGROUND = "it runs beside the steps and is left out; an alarm can stand for it"


class Rollout:
    """A rollout's strategy.

    Parameters
    ----------
    spec
        The rollout's ``spec``.
    templates
        The analysis templates among the files, by name.

    Raises
    ------
    ImportShapeError
        For what Argo would not take.
    """

    def __init__(self, spec: Fields, templates: Mapping[str, Fields]) -> None:
        self.spec = spec
        self.templates = templates
        strategy = spec.object("strategy")
        self.blue_green = strategy.object("blueGreen") if strategy.has("blueGreen") else None
        if self.blue_green is None and not strategy.has("canary"):
            raise strategy.error("", "must have canary or blueGreen")
        if self.blue_green is not None and strategy.has("canary"):
            raise strategy.error("canary", "stands beside blueGreen; Argo takes one of them")
        self.canary = Canary(strategy.object("canary"), templates)
        self.notes: list[Assumption] = list(self.canary.caveats)
        self.name, self.section = self._made()

    def strategies(self) -> Section:
        """Return the rollout's own strategy, and others for comparison."""
        added: dict[str, Section] = {
            "rolling": Section({"type": given("kubernetes_rolling")}, added=ADDED),
            "blue-green": Section(
                {
                    "type": given("blue_green"),
                    "controller": given("custom"),
                    "termination_wait": assumed("5m", "not in these files; set yours"),
                },
                added=ADDED,
            ),
        }
        own = Section(self.section.keys, (f"from {Path(self.spec.file).name}", *self.section.above))
        return Section({self.name: own, **{k: v for k, v in added.items() if k != self.name}})

    def _made(self) -> tuple[str, Section]:
        if self.blue_green is not None:
            return "blue-green", self._of_blue_green(self.blue_green)
        block = self.canary.block
        if not block.objects("steps") and not self.canary.is_routed:
            return "rolling", Section({"type": given("kubernetes_rolling"), **self._bounds(),
                                       **self._deadline()})  # fmt: skip
        return "canary", self._of_canary(block)

    def _of_canary(self, block: Fields) -> Section:
        keys: dict[str, Item] = {"type": given("traffic_steps"), "controller": given("custom")}
        if self.canary.is_routed:
            delay = block.number("scaleDownDelaySeconds", 0, MOST)
            keys |= {
                "scale_with_weight": given(value=True),
                "test_listener": given(value=False),
                "termination_wait": either(seconds(delay), "30s", DEFAULT),
                "controller_delay": assumed("1s", AT_ONCE),
            }
        else:
            keys["pods_as_weights"] = given(True, "no router: each pod gets the same")
        keys |= {**self._bounds(), **self._deadline(), "steps": self.canary.sections()}
        return Section(keys)

    def _of_blue_green(self, block: Fields) -> Section:
        delay = block.number("scaleDownDelaySeconds", 0, MOST)
        keys: dict[str, Item] = {
            "type": given("blue_green"),
            "controller": given("custom"),
            "test_listener": given(block.text("previewService") is not None),
            "termination_wait": either(seconds(delay), "30s", DEFAULT),
            "controller_delay": assumed("1s", AT_ONCE),
            **self._deadline(),
        }
        wait = block.number("autoPromotionSeconds", 0, MOST)
        if wait:
            keys["ready_wait"] = given(seconds(wait))
        elif block.flag("autoPromotionEnabled") is False:
            answer: dict[str, Item] = {"answers_after": assumed("5m", ANSWER)}
            keys["approval"] = Section({**answer, "timeout": given(None, "it waits for a person")})
        hooks = [
            hook
            for key, stage in (
                ("prePromotionAnalysis", "BeforeAllowTraffic"),
                ("postPromotionAnalysis", "AfterAllowTraffic"),
            )
            for hook in self._hook(block, key, stage)
        ]
        return Section({**keys, "hooks": hooks} if hooks else keys)

    def _hook(self, block: Fields, key: str, stage: str) -> Iterator[Section]:
        analysis = block.object(key)
        if not analysis.data:
            return
        found = analyses.section(analysis, self.templates, key)
        if isinstance(found, Assumption):
            self.notes.append(found)
        else:
            yield Section({"stage": given(stage, key), **found.keys}, found.above)

    def _bounds(self) -> dict[str, Item]:
        block = self.canary.block
        surge, missing = bound(block, "maxSurge"), bound(block, "maxUnavailable")
        if surge in (0, "0%") and missing in (0, "0%"):
            raise block.error("maxUnavailable", "is 0 beside maxSurge 0, which Argo refuses")
        if not self.canary.is_routed:
            return {
                "max_surge": either(surge, "25%", DEFAULT),
                "max_unavailable": either(missing, "25%", DEFAULT),
            }
        values = {"max_surge": surge, "max_unavailable": missing}
        return {key: given(value, IDLE) for key, value in values.items() if value is not None}

    def _deadline(self) -> dict[str, Item]:
        least = self.spec.number("minReadySeconds", 0, MOST)
        deadline = self.spec.number("progressDeadlineSeconds", 1, MOST)
        if (deadline or 600.0) <= (least or 0.0):
            raise self.spec.error("progressDeadlineSeconds", "must be above minReadySeconds")
        aborts = self.spec.flag("progressDeadlineAbort")
        keys: dict[str, Item] = {
            "min_ready": either(seconds(least), "0s", DEFAULT),
            "progress_deadline": either(seconds(deadline), "10m", DEFAULT),
            "on_deadline": either(_at_deadline(aborts), "none", DEFAULT),
        }
        return keys

    def caveats(self) -> Iterator[Assumption]:
        """Yield what a rollout says and a scenario cannot."""
        yield from self.notes
        if self.spec.get("rollbackWindow") is not None:
            yield Assumption("spec.rollbackWindow", "", WINDOW)
        yield from unknown_keys(self.spec, "rollout", "spec")
        strategy = self.spec.object("strategy")
        yield from unknown_keys(strategy, "rollout strategy", "strategy")
        kind = "canary" if self.blue_green is None else "blueGreen"
        block = self.canary.block if self.blue_green is None else self.blue_green
        yield from unknown_keys(block, kind, kind)
        for key, words in NOT_MODELED.items():
            is_bound = key == "maxUnavailable" and kind == "canary"
            if block.get(key) not in (None, False) and not is_bound:
                yield Assumption(f"{kind}.{key}", "", words)
        if kind == "canary" and block.object("analysis").objects("templates"):
            yield Assumption("canary.analysis", "", BACKGROUND)


def _at_deadline(aborts: bool | None) -> str | None:
    return None if aborts is None else ("undo" if aborts else "none")
