"""What is shipped: the wheel has the gallery and the types, the sdist has what its tests need."""

import tarfile
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Return the names of the files in a freshly built wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    (path,) = WheelBuilder(str(ROOT)).build(directory=str(folder))
    return set(zipfile.ZipFile(path).namelist())


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    """Return the names of the files in a freshly built sdist, below its folder."""
    folder = tmp_path_factory.mktemp("sdist")
    (path,) = SdistBuilder(str(ROOT)).build(directory=str(folder))
    with tarfile.open(path) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


def shipped(folder):
    """Return the files of a folder of the checkout, relative to it."""
    found = (path for path in (ROOT / folder).rglob("*") if path.is_file())
    return {str(p.relative_to(ROOT / folder)) for p in found if "__pycache__" not in p.parts}


def test_the_wheel_has_the_gallery(wheel):
    """Every scenario, and the service as AWS JSON, is inside the installed package."""
    assert {f"simdeploy/gallery/{name}" for name in shipped("scenarios")} <= wheel


def test_the_wheel_has_the_package(wheel):
    """Every module is there, and the mark that it has types."""
    assert {f"simdeploy/{name}" for name in shipped("simdeploy")} <= wheel
    assert "simdeploy/py.typed" in wheel


def test_the_wheel_has_nothing_else(wheel):
    """Nothing but the package and its metadata is installed."""
    tops = {name.partition("/")[0] for name in wheel}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"simdeploy"}


def test_the_sdist_can_be_tested(sdist):
    """The sdist has tests, scenarios, notebooks and documents."""
    for folder in ("scenarios", "tests", "notebooks", "docs", "benchmarks"):
        assert {f"{folder}/{name}" for name in shipped(folder)} <= sdist
    assert {"README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml"} <= sdist
