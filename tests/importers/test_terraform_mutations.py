"""Plans and states with something broken in them: a scenario or an error, never a traceback."""

import copy
import json
import random

import pytest

from simdeploy.errors import ImportShapeError
from simdeploy.importers.aws import Imported, import_files
from simdeploy.importers.styles.terraform_references import _named

from .shapes import ROOT

FILES = [
    ROOT / "tests" / "importers" / "inputs" / "terraform-plan.json",
    ROOT / "scenarios" / "aws-files" / "terraform-plan.json",
    ROOT / "scenarios" / "aws-files" / "terraform.tfstate.json",
]
WRONG = [
    None, True, 0, -1, 0.5, 10**30, "", "x", "0", "-5", "a\nb", "é" * 3000, [], {}, [None], [[]],
    [{}], ["x"], [1, 2], {"a": 1}, {"references": ["module.a.b"]}, {"references": 7}, "[{}]",
]  # fmt: skip
MUTATIONS = 60


def holders(value):
    """Yield every object and list below a value that is not empty, with its keys."""
    if isinstance(value, dict | list) and value:
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from holders(inner)


def mutate(data, luck):
    """Change, remove or move values at a few random places."""
    for _ in range(luck.randint(1, 3)):
        holder = luck.choice(list(holders(data)) or [{"a": 1}])
        key = luck.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
        kind = luck.randrange(4)
        if kind == 0:
            del holder[key]
        elif kind == 1:
            holder[key] = copy.deepcopy(luck.choice(list(holders(data))))
        else:
            holder[key] = luck.choice(WRONG)
    return data


@pytest.mark.parametrize("path", FILES, ids=["small", "plan", "state"])
def test_broken_plans(path, tmp_path):
    """Whatever stands where, the file is imported or refused with one line that names it."""
    luck = random.Random(2026)
    text = path.read_text(encoding="utf-8")
    target = tmp_path / "broken.json"
    scenarios, refusals = [], []
    for _ in range(MUTATIONS):
        target.write_text(json.dumps(mutate(json.loads(text), luck)), encoding="utf-8")
        try:
            found = import_files([target])
        except ImportShapeError as error:
            refusals.append(str(error))
        else:
            scenarios.append(found)
    assert all(isinstance(found, Imported) for found in scenarios)
    assert all("broken.json" in line and "\n" not in line for line in refusals)
    assert scenarios
    assert refusals


def test_a_reference_that_stands_twice():
    """Of a reference, of what it begins with, and of the same again, the longest counts once."""
    names = ["module.a.arn", "module.a", "module.a.arn", "module.a.arn", "module.ab"]
    assert list(_named({"references": names})) == ["module.a.arn", "module.ab"]
    assert list(_named({"references": ["var.x", "var.x", "var"]})) == ["var.x"]
