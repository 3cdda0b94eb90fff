"""The steps of a canary of Argo Rollouts, as steps of traffic."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from simdeploy.importers.fields import Fields
from simdeploy.importers.kubernetes import analyses
from simdeploy.importers.kubernetes.durations import duration_of
from simdeploy.importers.kubernetes.values import unknown_keys
from simdeploy.importers.page import Assumption, Item, Section, assumed, given, seconds

ANSWER = "how soon a person promotes it is in no file"
#: Steps that a scenario cannot hold.
LEFT_OUT = {
    "setCanaryScale": "pods come with the weight here",
    "setHeaderRoute": "requests are not told apart by headers",
    "setMirrorRoute": "no traffic is mirrored",
    "replicaProgressThreshold": "every step waits for all its pods",
    "experiment": "experiments are not modeled",
    "plugin": "what a plugin does is not in the files",
}


@dataclass
class _Step:
    """A weight, and what there is before the next one."""

    percent: float
    wait: float = 0.0
    test: Section | None = None
    asks: bool = False


@dataclass
class Canary:
    """The steps of a canary, read in their order.

    Parameters
    ----------
    block
        The rollout's ``strategy.canary``.
    templates
        The analysis templates among the files, by name.
    """

    block: Fields
    templates: Mapping[str, Fields]
    steps: list[_Step] = field(default_factory=list)
    caveats: list[Assumption] = field(default_factory=list)

    def __post_init__(self) -> None:
        routing = self.block.object("trafficRouting")
        self.most = routing.whole("maxTrafficWeight", 1, 1_000_000) or 100
        for i, step in enumerate(self.block.objects("steps"), 1):
            self._add(step, f"step {i}")
        if not self.steps or self.steps[-1].percent < 100.0:
            self.steps.append(_Step(100.0))

    @property
    def is_routed(self) -> bool:
        """Whether a router splits the traffic, however many pods there are."""
        return self.block.has("trafficRouting") and self.block.get("trafficRouting") is not None

    def sections(self) -> list[Section]:
        """Return the steps of the scenario."""
        return [Section(dict(_keys(step))) for step in self.steps]

    def _add(self, step: Fields, path: str) -> None:
        if step.has("setWeight"):
            self._weigh(step, path)
        elif step.has("pause"):
            self._pause(step.object("pause"), path)
        elif step.has("analysis"):
            self._analyze(step.object("analysis"), path)
        self._leave_out(step, path)

    def _weigh(self, step: Fields, path: str) -> None:
        weight = step.whole("setWeight", 0, self.most)
        if weight is None:
            raise step.expected("setWeight", f"a weight from 0 to {self.most}")
        percent = 100.0 * weight / self.most
        last = self.steps[-1].percent if self.steps else 0.0
        if percent < last:
            words = f"the weight falls to {percent:g} % there, which is left out"
            self.caveats.append(Assumption(path, "", words))
        elif percent > last:
            self.steps.append(_Step(percent))

    def _pause(self, pause: Fields, path: str) -> None:
        length = duration_of(pause, "duration")
        if not self.steps:
            words = "a pause before any traffic moves is left out"
            self.caveats.append(Assumption(path, "", words))
            return
        step = self.steps[-1]
        if length is None and step.asks:
            words = f"a second pause for a person at {step.percent:g} % is left out"
            self.caveats.append(Assumption(path, "", words))
        elif length is None:
            step.asks = True
        else:
            self._note_order(step, path)
            step.wait += length

    def _analyze(self, analysis: Fields, path: str) -> None:
        if not self.steps:
            words = "an analysis before any traffic moves is left out"
            self.caveats.append(Assumption(path, "", words))
            return
        step = self.steps[-1]
        found = analyses.section(analysis, self.templates, f"{path}, analysis")
        if isinstance(found, Assumption):
            self.caveats.append(found)
        elif step.test is not None:
            words = f"a second analysis at {step.percent:g} % is left out"
            self.caveats.append(Assumption(path, "", words))
        else:
            step.test = found
            if step.asks:
                self._note_order(step, path)

    def _note_order(self, step: _Step, path: str) -> None:
        if step.asks or step.test is not None:
            words = f"at {step.percent:g} % time passes first here, then a test runs, then a person"
            self.caveats.append(Assumption(path, "", f"{words} is asked"))

    def _leave_out(self, step: Fields, path: str) -> None:
        for key in step.data:
            if key in LEFT_OUT:
                words = f"{LEFT_OUT[key]}; the step is left out"
                self.caveats.append(Assumption(f"{path}, {key}", "", words))
        self.caveats.extend(unknown_keys(step, "step", path))


def _keys(step: _Step) -> Iterator[tuple[str, Item]]:
    yield "percent", given(step.percent)
    if step.wait:
        yield "wait", given(seconds(step.wait))
    if step.test is not None:
        yield "test", step.test
    if step.asks:
        yield "gate", Section({"answers_after": assumed("5m", ANSWER)})
