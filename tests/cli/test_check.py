"""The command ``check``: what it reads, in which form it answers, and how it ends."""

import json

import pytest

from simdeploy.cli.app import main
from tests.importers.shapes import (
    BALANCER,
    CHECKOUT,
    FILES,
    ROOT,
    attributes,
    deploying,
    service,
    target,
    task,
)

FEW = ("--runs", "3")


@pytest.fixture
def ran(capsys):
    """Run the command and return its exit code, output and error output."""

    def run(*arguments):
        code = main(["check", *map(str, arguments), *FEW])
        return code, *capsys.readouterr()

    return run


def test_findings_do_not_change_the_exit_code(ran):
    """A check that finds errors has done its work."""
    code, out, _ = ran("stuck-deployment")
    assert code == 0
    assert out.startswith("1 error, ")


@pytest.mark.parametrize(
    ("severity", "name", "code"),
    [
        ("error", "stuck-deployment", 1),
        ("error", "happy-path", 0),
        ("warning", "happy-path", 1),
    ],
)
def test_fail_on(ran, severity, name, code):
    """Findings as bad as it says end with 1."""
    assert ran(name, "--fail-on", severity)[0] == code


def test_a_broken_budget_ends_with_1(ran, tmp_path):
    """A limit that is kept ends with 0, a broken one with 1, a faulty file with 2 and its place."""
    file = tmp_path / "budget.yaml"
    file.write_text("deployment_s: {p95: 2h}\n", encoding="utf-8")
    arguments = ("happy-path", "--strategy", "rolling", "--budget", file)
    assert ran(*arguments)[0] == 0
    file.write_text("deployment_s: {p95: 10s}\n", encoding="utf-8")
    assert ran(*arguments)[0] == 1
    file.write_text("deployment: {p95: 10s}\n", encoding="utf-8")
    code, _, error = ran(*arguments)
    assert code == 2
    assert error.startswith(f"{file}:1: deployment: unknown metric")


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github", "markdown"])
def test_forms(ran, form):
    """Every form names the finding; two of them are JSON."""
    code, out, _ = ran("stuck-deployment", "--strategy", "rolling", "--format", form)
    assert code == 0
    assert "percents-stuck" in out
    if form in {"json", "sarif"}:
        assert json.loads(out)


def test_strategies_and_settings(ran):
    """One strategy alone, and a setting that mends its finding."""
    found = json.loads(ran("stuck-deployment", "--strategy", "rolling", "--format", "json")[1])
    (change,) = found["findings"][0]["change"]
    assert {name for one in found["findings"] for name in one["strategies"]} == {"rolling"}
    mended = ran("stuck-deployment", "--strategy", "rolling", "--format", "json", "--set", change)
    assert "percents-stuck" not in mended[1]


@pytest.mark.parametrize("name", ["no-such", "--strategy=x"])
def test_bad_input(ran, name):
    """An unknown scenario and an unknown strategy end with 2 and a line."""
    code, out, error = ran("happy-path", name) if name.startswith("-") else ran(name)
    assert (code, out) == (2, "")
    assert len(error.splitlines()) == 1


def test_files_of_aws(ran):
    """What the files describe is checked, and findings stand where AWS's files say it."""
    code, out, _ = ran(*FILES, "--format", "json")
    found = json.loads(out)
    assert code == 0
    assert {name for one in found["findings"] for name in one["strategies"]} == {
        "rolling",
        "canary",
    }
    places = {one["id"]: (one["file"], one["line"]) for one in found["findings"]}
    for name, file, text in (
        ("breaker-blind", "service.json", '"enable": true'),
        ("check-optional", "target-groups.json", "HealthCheckPath"),
        ("no-previous", "service.json", "serviceName"),
    ):
        where, line = places[name]
        assert where == str(CHECKOUT / file)
        lines = (CHECKOUT / file).read_text(encoding="utf-8").splitlines()
        assert text in lines[line - 1]
    assert any("traffic.rate" in question for question in found["questions"])


def test_one_file_of_aws(ran, tmp_path):
    """A single file is recognized by its shape, and a drain that is too long by its attribute."""
    file = tmp_path / "all.json"
    old = [{"taskDefinition": "shop:1"}, {"taskDefinition": "shop:2"}]
    made = service(deployments=old, loadBalancers=[BALANCER])
    file.write_text(json.dumps({"services": [made]}), encoding="utf-8")
    code, out, _ = ran(file, "--format", "json")
    assert code == 0
    assert "no-previous" not in out
    more = tmp_path / "attributes.json"
    delay = attributes(deregistration_delay__timeout_seconds="300")
    more.write_text(json.dumps(delay, indent=1), encoding="utf-8")
    found = json.loads(ran(file, more, "--format", "json")[1])["findings"]
    (place,) = [(one["file"], one["line"]) for one in found if one["id"] == "drain-long"]
    assert place == (str(more), 3)


def test_a_worker_without_a_balancer(ran, tmp_path):
    """A service without a load balancer has no findings on checks and drains."""
    file = tmp_path / "worker.json"
    worker = deploying(minimumHealthyPercent=100, maximumPercent=100)
    file.write_text(json.dumps(worker), encoding="utf-8")
    found = json.loads(ran(file, "--format", "json")[1])["findings"]
    ids = {one["id"] for one in found}
    assert {"percents-stuck", "no-alarm", "breaker-off"} <= ids
    assert not {"drain-long", "check-optional", "grace-short"} & ids


def test_files_that_contradict(ran, tmp_path):
    """Two files of different services end with 2, as the import does."""
    files = []
    for i, made in enumerate((service(), task(family="other"), target())):
        files.append(tmp_path / f"{i}.json")
        files[-1].write_text(json.dumps(made), encoding="utf-8")
    code, _, error = ran(*files)
    assert code == 2
    assert 'is of "other"' in error


def test_a_plan_of_terraform(ran):
    """A finding in a plan has its address, and its file is one that exists."""
    plan = ROOT / "tests" / "importers" / "inputs" / "terraform-plan.json"
    rolling = ("--strategy", "rolling")
    code, out, _ = ran(plan, *rolling, "--format", "json")
    found = {one["id"]: one for one in json.loads(out)["findings"]}["breaker-no-rollback"]
    address = "module.api.aws_ecs_service.this[0].deployment_circuit_breaker[0].rollback"
    assert code == 0
    assert (found["file"], found["line"], found["address"]) == (str(plan), None, address)
    assert f"({address})" in "".join(ran(plan, *rolling)[1].split())
    annotation = next(
        line
        for line in ran(plan, *rolling, "--format", "github")[1].splitlines()
        if "breaker-no-rollback" in line
    )
    assert f"file={plan}," in annotation
    assert f"::{address}: The circuit breaker" in annotation
