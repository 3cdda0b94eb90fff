"""``simdeploy import`` as typed, and the commands that take the same files."""

import json
import shlex

import pytest

from simdeploy.cli.app import main
from simdeploy.scenario import load_scenario
from tests.importers.shapes import FILES, service, task

TWO = {"services": [service(), service(serviceName="b", taskDefinition="b:3", desiredCount=7)]}


@pytest.fixture
def save(tmp_path):
    """Write an object as a file and return its path as text."""

    def write(content, name="service.json"):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)

    return write


@pytest.mark.parametrize("width", [80, 100])
def test_the_last_lines_are_a_command(capsys, monkeypatch, tmp_path, width):
    """The last six lines, pasted, are a comparison of the written scenario; all lines fit."""
    monkeypatch.setenv("COLUMNS", str(width))
    target = tmp_path / "my.yaml"
    monkeypatch.chdir(tmp_path)
    assert main(["import", *map(str, FILES), "-o", "my.yaml"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= width
    assert lines[-7].endswith("next, with yours:")
    command = shlex.split("\n".join(lines[-6:]).replace("\\\n", ""))
    assert command[:3] == ["simdeploy", "compare", "my.yaml"]
    settings = command[4::2]
    assert len(settings) == 5
    assert load_scenario(target, overrides=settings) == load_scenario(target)


def test_standard_output(capsys, save, tmp_path):
    """A scenario goes to the standard output alone, what is said about it to the error output."""
    assert main(["import", save(service()), "-o", "-"]) == 0
    out, error = capsys.readouterr()
    path = tmp_path / "out.yaml"
    path.write_text(out)
    assert load_scenario(path).service.name == "shop"
    assert "--set traffic.rate=100" in error
    assert "simdeploy compare FILE" in error


def test_one_of_several_services(capsys, save):
    """Several services are listed, and one of them is chosen by its name."""
    path = save(TWO)
    assert main(["import", path, "-o", "-"]) == 2
    assert "2 of kind service: shop, b; choose one with --service NAME" in capsys.readouterr().err
    assert main(["import", path, "-o", "-", "--service", "b"]) == 0
    assert "desired_count: 7" in capsys.readouterr().out


def test_a_number_of_tasks(capsys, save):
    """The number of tasks that no file says is given on the command line."""
    path = save(task())
    assert main(["import", path, "-o", "-"]) == 2
    assert "set the usual number, as --desired-count 4" in capsys.readouterr().err
    assert main(["import", path, "-o", "-", "--desired-count", "5"]) == 0
    assert "desired_count: 5" in capsys.readouterr().out


def test_the_old_name_alone(capsys):
    """The word that once said the kind of file is no file."""
    assert main(["import", "aws", "-o", "-"]) == 2
    assert capsys.readouterr().err == "import: name at least one file\n"


def test_a_file_called_like_the_old_name(capsys, save, monkeypatch, tmp_path):
    """A file of that name is read."""
    save(service(), "aws")
    monkeypatch.chdir(tmp_path)
    assert main(["import", "aws", "-o", "-"]) == 0
    assert "name: shop" in capsys.readouterr().out


@pytest.mark.parametrize("pair", ["Size", "=3"])
def test_parameters_that_are_no_pairs(capsys, save, pair):
    """A parameter without a name or a value is refused."""
    assert main(["import", save(service()), "-o", "-", "--parameter", pair]) == 2
    assert capsys.readouterr().err.startswith("--parameter: must be NAME=VALUE")


@pytest.mark.parametrize("command", ["check", "recommend"])
def test_other_commands_take_the_same_files(capsys, save, command):
    """Check and recommend choose a service as the import does, and refuse with the same words."""
    path = save(TWO)
    assert main([command, path, "--runs", "2"]) == 2
    assert "choose one with --service NAME" in capsys.readouterr().err
    assert main([command, path, "--service", "b", "--runs", "2"]) == 0
    out, error = capsys.readouterr()
    assert out
    assert ("values assumed" in error) == (command == "recommend")
    assert main([command, save("resource {}", "main.tf")]) == 2
    assert "terraform show -json" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["check", "recommend"])
def test_options_of_imports_alone(capsys, command):
    """A scenario has neither parameters nor services to choose from."""
    assert main([command, "happy-path", "--service", "b"]) == 2
    assert "happy-path: a scenario takes no --parameter" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        (("--parameter", "Size=large"), "--parameter: none of the files takes it; files of Cloud"),
        (("--env", "prod"), "--env: none of the files takes it; files of Copilot do"),
    ],
)
def test_options_that_no_file_takes(capsys, save, option, expected):
    """An option that means nothing to any of the files is refused, not ignored."""
    assert main(["import", save(service()), "-o", "-", *option]) == 2
    assert capsys.readouterr().err.startswith(expected)


def test_files_of_two_platforms(capsys, save):
    """A service of ECS and a deployment of Kubernetes are no single scenario."""
    other = save("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\n", "k8s.yaml")
    assert main(["import", other, save(service()), "-o", "-"]) == 2
    assert "service.json: cannot be imported together with files of Kub" in capsys.readouterr().err
