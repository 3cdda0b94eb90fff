"""Services without a name, files that are not read, and values that a file leaves open."""

import json

import pytest

from simdeploy.errors import ImportShapeError
from simdeploy.importers.adapted import Adapted, Open, Reason
from simdeploy.importers.aws import import_files
from simdeploy.importers.fields import Fields
from simdeploy.importers.options import Options
from simdeploy.importers.reading import Document
from simdeploy.scenario import load_scenario_text

from .shapes import FULL_SERVICE, service, task

DEFINITION = {
    "deploymentConfiguration": {"maximumPercent": 150, "minimumHealthyPercent": 50},
    "desiredCount": 4,
    "launchType": "FARGATE",
    "healthCheckGracePeriodSeconds": 20,
    "loadBalancers": [
        {
            "containerName": "web",
            "containerPort": 80,
            "targetGroupArn": "{{ tfstate `aws_lb_target_group.web.arn` }}",
        }
    ],
}
UPDATE = {
    "cluster": "prod",
    "service": "checkout",
    "desiredCount": 8,
    "forceNewDeployment": True,
    "deploymentConfiguration": {
        "strategy": "LINEAR",
        "bakeTimeInMinutes": 4,
        "linearConfiguration": {"stepPercent": 25, "stepBakeTimeInMinutes": 2},
        "deploymentCircuitBreaker": {"enable": True, "rollback": True},
    },
}
CONFIG = "region: us-east-1\ncluster: prod\nservice: shop\nservice_definition: service.json\n"


def test_a_definition_of_ecspresso(loaded, words):
    """A service without a name is read; its name, and what ecspresso fills in, are open."""
    found = loaded(DEFINITION)
    assert (found.service.name, found.service.desired_count) == ("my-service", 4)
    rolling = found.resolved_strategies["rolling"]
    assert (rolling.minimum_healthy_percent, rolling.maximum_percent) == (50, 150)
    assert found.service.health_check_grace_period == 20
    listed = words(DEFINITION)
    assert listed["service.name"] == "my-service ecspresso keeps the name in ecspresso.yml"
    assert listed["target_group.health_check.interval"] == (
        "30s line 1: tfstate `aws_lb_target_group.web.arn` is filled in by ecspresso"
    )


def test_the_name_that_ecspresso_keeps(save):
    """Ecspresso's own file, given with the definition, says the name; alone it is refused."""
    files = [*save(DEFINITION), *save(CONFIG, suffix=".yml")]
    assert import_files(files).service_name == "shop"
    with pytest.raises(ImportShapeError, match=r"import them with it: service\.json"):
        import_files(files[1:])


def test_the_family_names_a_service_without_a_name(imported):
    """Without ecspresso's own file the family of the task definition is the name."""
    found = imported(DEFINITION, task())
    assert found.service_name == "shop"


def test_a_number_that_ecspresso_fills_in(save):
    """A number of tasks that is open is asked for, with its place and reason."""
    files = save(json.dumps({**DEFINITION, "desiredCount": "{{ must_env `COUNT` }}"}, indent=1))
    with pytest.raises(ImportShapeError, match="json:6: desiredCount: line 6: must_env `COUNT` is"):
        import_files(files)
    assert import_files(files, Options(desired_count=3)).text.count("desired_count: 3") == 1


def test_an_update_of_a_service(loaded, words):
    """An update gives what changes; the rest is assumed, since AWS keeps the present value."""
    found = loaded(UPDATE)
    linear = found.resolved_strategies["linear"]
    assert (found.service.name, found.service.desired_count) == ("checkout", 8)
    assert (linear.controller, linear.percent, linear.every) == ("ecs", 25, 120)
    assert linear.bake_time == 240
    breaker = found.defaults.circuit_breaker
    assert (breaker.enable, breaker.rollback) == (True, True)
    kept = "not in this update; AWS keeps the present value"
    listed = words(UPDATE)
    assert listed["service.health_check_grace_period"] == f"0s {kept}"
    assert listed["strategies.rolling.maximum_percent"] == f"200 {kept}"
    assert listed["target_group"] == f"{kept}; here it has an ALB"


def test_an_update_names_its_service_by_arn(imported):
    """The service of an update may be an ARN; the name stands at its end."""
    arn = "arn:aws:ecs:us-east-1:123456789012:service/prod/checkout"
    assert imported({**UPDATE, "service": arn}).service_name == "checkout"


def test_an_update_without_the_number_of_tasks(save):
    """An update that leaves the number of tasks as it is does not say it."""
    update = {key: value for key, value in UPDATE.items() if key != "desiredCount"}
    with pytest.raises(ImportShapeError, match=r"not in this update; .*--desired-count 4"):
        import_files(save(update))


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("main.tf", 'resource "aws_ecs_service" "x" {}', "terraform show -json plan.out"),
        ("prod.tfvars", "count = 3", "terraform show -json plan.out"),
        ("plan.json", '{"@level":"info"}\n{"@level":"info"}', "terraform show -json plan.out"),
        ("plan.out", "PK\x03\x04\x00", "terraform show -json"),
        ("service.jsonnet", "{}", "ecspresso render"),
        ("app.yaml", "replicas: {{ .Values.replicas }}", "helm template"),
        ("Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n", "helm template"),
        ("deploy.yml", "on: push\njobs: {deploy: {}}", "is a workflow of GitHub"),
        ("compose.yml", "services: {web: {image: x}}", "is a Compose file"),
        ("buildspec.yml", "version: 0.2\nphases: {}", "is a buildspec of CodeBuild"),
        ("stack.ts", "new Stack()", "cdk synth"),
    ],
)
def test_files_that_are_not_read(tmp_path, name, content, expected):
    """Files of a known kind that cannot be read are refused with what to save instead."""
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(ImportShapeError, match=expected) as caught:
        import_files([path])
    assert str(caught.value).startswith(f"{path}: is ")


@pytest.mark.parametrize(("word", "expected"), [("yes", True), ("On", True), ("no", False)])
def test_words_of_yaml_for_true_and_false(loaded, word, expected):
    """The words that YAML 1.1 takes for true and false are taken."""
    breaker = {"enable": word, "rollback": "false"}
    found = loaded(service(deploymentConfiguration={"deploymentCircuitBreaker": breaker}))
    assert found.resolved_strategies["rolling"].circuit_breaker.enable is expected


def test_an_open_value_is_absent_and_has_its_reason():
    """A value that a file leaves open is none, and says why where it would be assumed."""
    opened = Open("is made by a custom resource", "api.yaml:5")
    fields = Fields(Document("api.yaml", "", {}), (), {"desiredCount": opened, "block": opened})
    assert fields.number("desiredCount", 0, 10) is None
    assert not fields.has("desiredCount")
    assert fields.open("desiredCount") == opened
    assert fields.open("launchType") is None
    assert isinstance(fields.why("desiredCount"), Reason)
    assert fields.why("desiredCount") == "line 5: is made by a custom resource"
    assert fields.why("launchType") == "AWS's default"
    assert fields.object("block").why("inner") == "line 5: is made by a custom resource"


def test_errors_of_what_an_adapter_made():
    """The error of a value stands at the place that the adapter noted, however deep."""
    inner = Adapted({"enable": 7}, "api.yaml:9", {"enable": "api.yaml:10"})
    made = Adapted({"breaker": inner, "n": "x"}, "api.yaml:3", {"breaker": "api.yaml:8"})
    fields = Fields(Document("api.yaml", "", {}), ("Resources", "Web"), made)
    assert fields.place() == "api.yaml:3"
    assert fields.place(("breaker", "enable")) == "api.yaml:10"
    assert fields.place(("breaker", "gone")) == "api.yaml:9"
    with pytest.raises(ImportShapeError, match=r"^api\.yaml:10: Resources\.Web\.breaker\.enable: "):
        fields.object("breaker").flag("enable")
    with pytest.raises(ImportShapeError, match=r"^api\.yaml:3: Resources\.Web\.n: must be a numb"):
        fields.number("n", 0, 1)


def test_documents_of_one_file(save):
    """A file of YAML may hold several documents, each of its own kind."""
    text = "serviceName: shop\ndesiredCount: 3\n---\n---\nfamily: shop\ncontainerDefinitions: []\n"
    found = load_scenario_text(import_files(save(text, suffix=".yaml")).text)
    assert (found.service.name, found.service.desired_count) == ("shop", 3)


def test_lines_in_a_file_of_several_documents(save):
    """An error in a later document names the line in the file."""
    text = (
        "serviceName: shop\ndesiredCount: 3\n---\nfamily: shop\ncpu: lots\ncontainerDefinitions: []"
    )
    with pytest.raises(ImportShapeError, match=r"yaml:5: cpu: must be"):
        import_files(save(text, suffix=".yaml"))


def test_what_is_left_open_is_said_first(imported):
    """The notes hold what the files speak of; what to set names the values that decide most."""
    found = imported(UPDATE)
    assert found.notes().startswith("not in this update; AWS keeps the present value; assumed:\n")
    assert "service.workers" not in found.notes()
    assert found.to_set()[:3] == (
        "traffic.rate=100",
        "service.startup.boot=10s",
        "service.request_time.median=80ms",
    )
    assert len(found.to_set()) == 5
    overridden = load_scenario_text(found.text, overrides=found.to_set())
    assert overridden == load_scenario_text(found.text)


def test_the_full_service_has_nothing_open(imported):
    """A file that says everything leaves nothing open."""
    assert "assumed:" not in imported(FULL_SERVICE).notes()
