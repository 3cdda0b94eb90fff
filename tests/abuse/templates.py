"""Damaged templates, plans, manifests and records of past deployments, read by the loaders.

What a file becomes costs some milliseconds here, as nothing is played but a few runs of backtests:
ten thousand are a matter of minutes.
"""

import json
import random
import resource
import time
import traceback
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from simdeploy.backtesting import backtest
from simdeploy.calibrating.api import calibrate_observed
from simdeploy.calibrating.setting import setting_of
from simdeploy.errors import SimdeployError, visible
from simdeploy.importers.aws import import_files
from simdeploy.importers.options import Options
from simdeploy.importers.reading import parsed
from simdeploy.observed.reading import read_observed
from simdeploy.scenario import load_scenario, load_scenario_text
from tests.abuse.mutations import MILD, TREE, TREE_NAMES, _of_text, _somewhere, places
from tests.abuse.playing import DIALECT, LONGEST, End, limited
from tests.importers import terraform_shapes as terraform
from tests.importers.templates.test_nesting import NETWORK, SERVICE, root
from tests.observed import recording, writing

ROOT = Path(__file__).resolve().parents[2]
AWS_FILES, PAST = ROOT / "scenarios" / "aws-files", ROOT / "scenarios" / "checkout-api" / "past"
INPUTS = ROOT / "tests" / "importers" / "inputs"
#: Seconds of CPU that a file may take, and one of many megabytes.
QUICK, LARGE = 2.0, 5.0
#: From so many bytes on a file is large; the largest plan here has twenty times as many.
MEGABYTE = 1_000_000
BIG_PLAN = 20 * MEGABYTE
#: Every so many inputs the large plan takes its turn.
SELDOM = 500
#: Memory (MB) that one file may add to a process.
MOST_MB = 1000
OF_TEXT, MOSTLY_MILD = 0.2, 0.7
DEEP = "@deep@"
ROLLOUT = """\
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: shop}
spec:
  replicas: 4
  strategy:
    canary:
      maxSurge: 1
      steps: [{setWeight: 25}, {pause: {duration: 2m}}, {setWeight: 50}, {pause: {}}]
  template:
    metadata: {labels: {app: shop}}
    spec: {containers: [{name: shop, image: shop:2}]}
"""
CDK = {
    "version": "40.0",
    "artifacts": {
        "App": {"type": "aws:cloudformation:stack",
                "properties": {"templateFile": "App.template.json"}},
        "Tree": {"type": "cdk:tree", "properties": {"file": "tree.json"}},
    },
}  # fmt: skip


@dataclass(frozen=True)
class Template:
    """A file to damage: of which kind it is, its name, its text, and the files that go with it."""

    kind: str
    name: str
    text: str
    beside: tuple[tuple[str, str], ...] = ()
    options: tuple[tuple[str, Any], ...] = ()

    @property
    def suffix(self) -> str:
        """Return the ending of the file's name."""
        return Path(self.name).suffix

    def documents(self) -> list[Any]:
        """Return what the file says: JSON's types, short tags by their long names."""
        if self.kind == "events":
            return [json.loads(line) for line in self.text.split("\n\n") if line.strip()]
        return [document.data for document in parsed(Path(self.name), self.text)]


@dataclass(frozen=True)
class Mutant:
    """A damaged file; ``content`` is its bytes."""

    number: int
    source: Template
    changes: tuple[str, ...]
    content: bytes


@cache
def sources() -> dict[str, list[Template]]:
    """Return all files by their kind."""
    found = [*_terraform(), *_cloudformation(), *_others(), *_events()]
    kinds = dict.fromkeys(one.kind for one in found)
    return {kind: [one for one in found if one.kind == kind] for kind in kinds}


def _file(kind: str, path: Path, **more: Any) -> Template:
    return Template(kind, path.name, path.read_text(encoding="utf-8"), **more)


def _json(kind: str, name: str, content: Any, **more: Any) -> Template:
    return Template(kind, name, json.dumps(content, indent=1), **more)


def _terraform() -> Iterator[Template]:
    for path in (
        INPUTS / "terraform-plan.json",
        AWS_FILES / "terraform-plan.json",
        AWS_FILES / "terraform.tfstate.json",
    ):
        yield _file("terraform", path)
    made = (terraform.service(), terraform.target(), terraform.task(), terraform.alarm())
    yield _json("terraform", "plan.json", terraform.plan(*made))
    yield _json("terraform", "state.json", terraform.state(*made))
    yield _json("terraform", "raw.json", terraform.raw(*made))


def _cloudformation() -> Iterator[Template]:
    yield _file("cloudformation", AWS_FILES / "cloudformation.yaml")
    for name in ("code-deploy-hook.json", "native-canary.json", "open-values.yaml",
                 "short-tags.yaml"):  # fmt: skip
        yield _file("cloudformation", INPUTS / name)
    stacks = {"root.json": root(), "network.json": NETWORK, "service.json": SERVICE}
    texts = {name: json.dumps(content) for name, content in stacks.items()}
    for name, content in stacks.items():
        others = tuple((other, text) for other, text in texts.items() if other != name)
        yield _json("cloudformation", name, content, beside=others)
    template = {"Resources": SERVICE["Resources"]}
    yield _json("cdk", "manifest.json", CDK, beside=(("App.template.json", json.dumps(template)),))
    manifest = (("manifest.json", json.dumps(CDK)),)
    yield _json("cdk", "App.template.json", template, beside=manifest)


def _others() -> Iterator[Template]:
    yield _file("copilot", INPUTS / "copilot-manifest.yml")
    yield _file("copilot", INPUTS / "copilot-manifest.yml", options=(("environment", "prod"),))
    yield _file("ecspresso", AWS_FILES / "ecs-service-def.json")
    yield _file("kubernetes", INPUTS / "kubernetes.yaml")
    yield Template("kubernetes", "rollout.yaml", ROLLOUT)
    files = [path for path in sorted(AWS_FILES.glob("*.json")) if "terraform" not in path.name]
    files = [path for path in files if path.name != "ecs-service-def.json"]
    for path in files:
        others = [(each.name, each.read_text("utf-8")) for each in files if each != path]
        yield _file("aws-files", path, beside=tuple(others))


@cache
def tiny() -> Any:
    """Return the scenario that events are held against."""
    return load_scenario("happy-path", overrides=["service.desired_count=2", "horizon=90m"])


def _events() -> Iterator[Template]:
    """Return what AWS keeps of deployments, in all the shapes that are read."""
    from simdeploy.engines import timelines  # SimPy, when needed

    runs = {
        name: next(iter(timelines(tiny(), name, seed=7, lo=0, hi=1)))
        for name in ("rolling", "canary")
    }
    at = writing.EPOCH
    rows = [(at - 5000.0, "(service web) has reached a steady state.")]
    rows += [(when, text) for when, text in writing.messages(_run(runs["rolling"]), epoch=at)]
    task = {
        "taskArn": "arn:aws:ecs:eu-west-1:1:task/main/0a1b", "group": "service:web",
        "startedBy": "ecs-svc/2", "lastStatus": "STOPPED", "createdAt": writing.iso(at),
        "pullStartedAt": writing.iso(at + 16), "pullStoppedAt": writing.iso(at + 24),
        "startedAt": writing.iso(at + 27), "stoppingAt": writing.iso(at + 90),
        "executionStoppedAt": writing.iso(at + 121), "stoppedAt": writing.iso(at + 150),
        "stopCode": "ServiceSchedulerInitiated", "containers": [{"healthStatus": "HEALTHY"}],
    }  # fmt: skip
    bus = {
        "detail-type": "ECS Deployment State Change", "id": "e1", "time": writing.iso(at),
        "resources": ["arn:aws:ecs:eu-west-1:1:service/main/web"],
        "detail": {"eventName": "SERVICE_DEPLOYMENT_COMPLETED", "deploymentId": "ecs-svc/2",
                   "updatedAt": writing.iso(at + 150), "reason": "done"},
    }  # fmt: skip
    call = {
        "eventName": "UpdateService", "eventTime": writing.iso(at - 9), "eventID": "c1",
        "requestParameters": {"service": "web", "taskDefinition": "web:2"},
    }  # fmt: skip
    poll = {
        "at": writing.iso(at + 31),
        "TargetHealthDescriptions": [
            {"Target": {"Id": "10.0.0.1", "Port": 80}, "TargetHealth": {"State": "initial"}}
        ],
    }
    alarm = {
        "AlarmHistoryItems": [
            {"AlarmName": "web-5xx", "Timestamp": writing.iso(at + 60),
             "HistoryItemType": "StateUpdate",
             "HistorySummary": "Alarm updated from OK to ALARM"}
        ]
    }  # fmt: skip
    described = writing.described(rows)
    for name, documents in {
        "events.json": [described],
        "code-deploy.json": recording.code_deploy(runs["canary"], 1, at),
        "looks.json": recording.native(runs["canary"], 1, at),
        "tasks.json": [{"tasks": [task]}, described],
        "bus.json": [bus, {"Records": [call]}, poll, alarm, described],
        "pairs.json": [[[writing.iso(when), text] for when, text in rows]],
    }.items():
        text = "\n\n".join(json.dumps(each, indent=1) for each in documents)
        yield Template("events", name, text)
    yield _whole("events", PAST / "canary.json")
    yield _whole("events", PAST / "events.json")


def _whole(kind: str, path: Path) -> Template:
    """Return a file of documents one after the other, with a blank line between them."""
    return Template(kind, path.name, path.read_text(encoding="utf-8").replace("\n}\n{", "\n}\n\n{"))


class _run:  # noqa: N801  stands for a run
    def __init__(self, timeline: Any) -> None:
        self.timeline = timeline


def _graft(tree: Any, luck: random.Random) -> str:
    """Put part of another file here, by preference in a place of its own name."""
    kind = luck.choice(list(sources()))
    found = places(luck.choice(_trees(luck.choice(sources()[kind]))))
    if not found:
        return TREE["replace"](tree, luck)
    _, (block, key) = luck.choice(found)
    same = [p for p in places(tree) if p[1][1] == key and not isinstance(key, int)]
    path, (target, at) = luck.choice(same) if same else _somewhere(tree, luck)
    target[at] = deepcopy(block[key])
    return f"{path}: a part named {key}"


#: Changes of a tree; parts come from other templates.
CHANGES: dict[str, Callable[[Any, random.Random], str]] = {**TREE, "graft": _graft}


@cache
def _trees(source: Template) -> list[Any]:
    return source.documents()


def mutants(seed: int, first: int, last: int) -> Iterator[Mutant]:
    """Yield the mutants of a seed with numbers from ``first`` to below ``last``."""
    for number in range(first, last):
        yield mutant(seed, number)


def mutant(seed: int, number: int) -> Mutant:
    """Return one mutant; kinds and the files of a kind take turns."""
    luck = random.Random(f"template {seed}/{number}")
    if number % SELDOM == SELDOM - 1:
        return _big(number, luck)
    kinds = list(sources())
    files = sources()[kinds[number % len(kinds)]]
    source = files[number // len(kinds) % len(files)]
    chance, count = luck.random(), luck.choice((1, 1, 1, 2, 2, 3, 4))
    if chance < OF_TEXT:
        return Mutant(number, source, *_of_text(source.text.encode(), count, luck))
    trees = deepcopy(_trees(source))
    changes = []
    for _ in range(count):
        at = luck.randrange(len(trees))
        tree = [trees[at]]
        name = luck.choice(MILD if chance < MOSTLY_MILD else TREE_NAMES)
        changes.append(f"{name} at {CHANGES[name](tree, luck)}")
        trees[at] = tree[0]
    content = _written(source, trees, is_ascii=luck.random() < 0.5)
    return Mutant(number, source, tuple(changes), content.encode("utf-8", "surrogatepass"))


def _written(source: Template, trees: list[Any], *, is_ascii: bool) -> str:
    """Return documents as a file; behind a comment the text of JSON is YAML."""
    texts = [json.dumps(tree, indent=1, ensure_ascii=is_ascii) for tree in trees]
    is_yaml = source.suffix in (".yaml", ".yml")
    text = "\n---\n".join(texts) if is_yaml else "\n\n".join(texts)
    deep = "[" * 5000 + "]" * 5000
    return ("# YAML\n" if is_yaml else "") + text.replace(f'"{DEEP}"', deep)


def _big(number: int, luck: random.Random) -> Mutant:
    """Return a plan of 20 MB, one value of which is changed."""
    source = sources()["terraform"][1]
    tree = [deepcopy(_trees(source)[0])]
    change = CHANGES[luck.choice(("scale", "delete", "replace"))](tree, luck)
    text = json.dumps(tree[0])
    bucket = terraform.resource("aws_s3_bucket", "logs", bucket="b" * 60, tags={"a": "b"})
    other = json.dumps(bucket)
    many = ", ".join([other] * (BIG_PLAN // (len(other) + 2)))
    text = text.replace('"resources": [', f'"resources": [{many}, ', 1)
    return Mutant(number, source, (f"{BIG_PLAN:,} bytes", change), text.encode())


def played(one: Mutant, folder: Path) -> End:
    """Read a mutant and judge how that ends."""
    luck = random.Random(f"loader {one.number}")
    path = _put(one, folder)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    end, said = _ended(one, path, luck)
    seconds = time.process_time() - began
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    if seconds > (LARGE if len(one.content) > MEGABYTE else QUICK):
        end, said = "slow", f"{seconds:.1f} s of CPU"
    elif grown > MOST_MB:
        end, said = "slow", f"{grown} MB more"
    for left in sorted(folder.rglob("*"), reverse=True):
        left.unlink()
    name = f"{one.source.kind}/{one.source.name}"
    return End(one.number, name, one.source.kind, end, round(seconds, 3), said, one.changes)


def _put(one: Mutant, folder: Path) -> Path:
    path = folder / one.source.name
    path.write_bytes(one.content)
    for name, text in one.source.beside:
        (folder / name).write_text(text, encoding="utf-8")
    return path


def _ended(one: Mutant, path: Path, luck: random.Random) -> tuple[str, str]:
    """Return a word of `playing.ENDS`, and what was said."""
    try:
        with limited():
            if one.source.kind == "events":
                _hold(path, luck)
            else:
                _import(one.source, path)
    except SimdeployError as error:
        said = visible(str(error))
        is_bad = not said.strip() or len(said) > LONGEST or DIALECT.search(said)
        return ("bad message" if is_bad else "refused"), said
    except KeyboardInterrupt:
        return "slow", "interrupted"
    except BaseException:  # noqa: BLE001  whatever is raised is what is looked for
        return "traceback", "".join(traceback.format_exc(limit=-8))
    return "accepted", ""


def _import(source: Template, path: Path) -> None:
    files = [path, *(path.with_name(name) for name, _ in source.beside)]
    if source.kind == "cdk":
        files = [path.parent]
    found = import_files(files, Options(**dict(source.options)))
    load_scenario_text(found.text)


def _hold(path: Path, luck: random.Random) -> None:
    """Calibrate with events, and hold them against a scenario."""
    observed = read_observed([path])
    calibrate_observed(observed, setting_of(tiny() if luck.random() < 0.5 else None))
    if luck.random() < 0.2:
        backtest(tiny(), observed, all_deployments=True, runs=20)
