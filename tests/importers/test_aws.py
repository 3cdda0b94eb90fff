"""Files of one service become one scenario, and nothing is written unless all of them fit."""

import os

import pytest

from simdeploy.encode import encode
from simdeploy.errors import ImportShapeError
from simdeploy.importers.aws import import_files, write
from simdeploy.importers.options import Options
from simdeploy.scenario import load_scenario, load_scenario_text

from .shapes import FILES, FULL_GROUP, FULL_SERVICE, FULL_TARGET, FULL_TASK, config, group, service


@pytest.fixture(scope="module")
def article():
    """Return the shipped files as a scenario."""
    return import_files(FILES)


def test_the_shipped_files_give_both_strategies(article):
    """The article's service rolls, its deployment group is a canary, the others are added."""
    scenario = load_scenario_text(article.text)
    assert article.service_name == "checkout-api"
    assert list(scenario.strategies) == ["rolling", "blue-green", "canary", "linear", "recreate"]
    added = [one.path for one in article.assumptions if one.source_words == "added for comparison"]
    assert added == ["strategies.blue-green", "strategies.linear", "strategies.recreate"]
    assert scenario.strategies["canary"].config == "CodeDeployDefault.ECSCanary10Percent5Minutes"


def test_the_shipped_files_give_the_settings(article):
    """What the files say stands in the scenario."""
    scenario = load_scenario_text(article.text)
    check = scenario.target_group.health_check
    assert scenario.service.desired_count == 6
    assert scenario.service.task.vcpu == 1
    assert scenario.service.task.memory_gb == 2
    assert (check.interval, check.timeout, check.healthy_threshold) == (10, 5, 2)
    assert scenario.target_group.deregistration_delay == 30
    assert scenario.resolved_strategies["rolling"].circuit_breaker.enable
    assert scenario.resolved_strategies["canary"].termination_wait == 3600
    assert [hook.stage for hook in scenario.resolved_strategies["blue-green"].hooks] == [
        "BeforeInstall",
        "AfterInstall",
        "AfterAllowTestTraffic",
        "BeforeAllowTraffic",
        "AfterAllowTraffic",
    ]


def test_the_shipped_files_can_be_simulated(article):
    """No engine refuses what the shipped files become."""
    scenario = load_scenario_text(article.text)
    models = [encode(scenario, name) for name in scenario.strategies]
    assert all(model.n_steps > 0 for model in models)


def test_the_text_is_the_same_every_time(article):
    """Equal files make equal bytes."""
    assert import_files(FILES).text == article.text
    assert max(map(len, article.text.splitlines())) <= 100


def test_every_assumption_is_marked_in_the_text(article):
    """What the terminal lists, the file says at its key."""
    marked = article.text.count("# assumed: ") + article.text.count("# added for comparison")
    listed = [one for one in article.assumptions if one.value or "added" in one.source_words]
    assert marked == len(listed)


def test_assumed_values_can_be_set_by_their_paths(article, tmp_path):
    """The path of every assumption is what --set takes."""
    path = write(article, tmp_path / "my.yaml")
    for one in article.assumptions:
        if one.value:
            load_scenario(path, overrides=[f"{one.path}={one.value}"])


def test_each_file_alone_makes_a_scenario():
    """Whatever is there is enough but for the number of tasks, and the rest is assumed."""
    for path in FILES:
        load_scenario_text(import_files([path], Options(desired_count=2)).text)


def test_every_field_at_once(imported):
    """An object of each kind with every field makes a scenario that loads."""
    parts = [FULL_SERVICE, FULL_TASK, FULL_TARGET, FULL_GROUP]
    found = imported(*parts, config("TimeBasedCanary", canaryPercentage=20, canaryInterval=7))
    scenario = load_scenario_text(found.text)
    assert {"canary", "canary-code-deploy"} < set(scenario.strategies)
    assert scenario.strategies["canary"].controller == "ecs"
    assert scenario.strategies["canary-code-deploy"].wait == 420


def test_the_same_file_twice_is_one(save):
    """A file that is named twice, or saved twice, contradicts nothing."""
    path = save(service())[0]
    other = save(service())[0]
    assert import_files([path, path, other]).service_name == "shop"


def test_long_waits_stretch_the_horizon(loaded):
    """A deployment that takes two days is looked at for two days."""
    waits = {"terminateBlueInstancesOnDeploymentSuccess": {"terminationWaitTimeInMinutes": 2880}}
    found = loaded(group(blueGreenDeploymentConfiguration=waits))
    assert found.horizon == 49 * 3600


def test_the_summary_groups_by_source(article):
    """The terminal shows each source once, with the values below it."""
    lines = article.summary().splitlines()
    assert lines.count("AWS's default:") == 1
    assert "  target_group.idle_timeout: 60s" in lines
    assert "  strategies.linear" in lines
    assert max(map(len, lines)) <= 100


def test_no_files():
    """Without a file there is nothing to import."""
    with pytest.raises(ImportShapeError, match="name at least one"):
        import_files([])


def test_writing_is_all_or_nothing(article, tmp_path):
    """The scenario replaces a file as a whole, and leaves nothing beside it."""
    target = tmp_path / "my.yaml"
    target.write_text("old")
    assert write(article, target) == target.resolve()
    assert target.read_text(encoding="utf-8") == article.text
    assert [path.name for path in tmp_path.iterdir()] == ["my.yaml"]


def test_writing_where_one_cannot(article, tmp_path):
    """A folder, or a folder that is not there, is reported by name and nothing is left behind."""
    for target in (tmp_path, tmp_path / "nowhere" / "my.yaml"):
        with pytest.raises(ImportShapeError, match="cannot be written"):
            write(article, target)
    assert list(tmp_path.iterdir()) == []


def test_writing_never_replaces_an_input(save):
    """A slip of -o does not cost the user a file."""
    path = save(service())[0]
    before = path.read_bytes()
    with pytest.raises(ImportShapeError, match="one of the files to import"):
        write(import_files([path]), path)
    assert path.read_bytes() == before


def test_writing_to_a_pipe(article, tmp_path):
    """What is no file, such as /dev/stdout, gets the text and is not replaced."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    end = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write(article, pipe)
    assert os.read(end, 100_000).decode() == article.text
    assert pipe.is_fifo()
    os.close(end)


def test_the_name_of_a_file_cannot_leave_its_comment(tmp_path):
    """A line break in a file's name stays within the comment that tells it."""
    path = tmp_path / "a\nruns: 7"
    path.write_text('{"serviceName": "shop", "desiredCount": 4}')
    assert load_scenario_text(import_files([path]).text).runs == 1000
