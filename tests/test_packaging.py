"""What is shipped: gallery, types and machine code in the wheel, what tests need in the sdist."""

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

from simdeploy.engines import batch, replicate
from simdeploy.engines.jit.fingerprint import sources_digest
from simdeploy.engines.jit.targets import TARGETS
from simdeploy.scenario import load_scenario

ROOT = Path(__file__).resolve().parents[1]
OBJECTS = "simdeploy/engines/objects"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Return the names of the files in a freshly built wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIMDEPLOY_BUILD_OBJECTS", "0")
        (path,) = WheelBuilder(str(ROOT)).build(directory=str(folder))
    return set(zipfile.ZipFile(path).namelist())


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """Return the folder of a freshly built and unpacked sdist."""
    folder = tmp_path_factory.mktemp("sdist")
    (path,) = SdistBuilder(str(ROOT)).build(directory=str(folder))
    with tarfile.open(path) as archive:
        archive.extractall(folder, filter="data")
    (top,) = (entry for entry in folder.iterdir() if entry.is_dir())
    return top


@pytest.fixture(scope="module")
def sdist(unpacked):
    """Return the names of the files in a freshly built sdist, below its folder."""
    return {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*")}


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
    assert {"README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml", "hatch_build.py"} <= sdist


def test_a_wheel_can_be_built_without_machine_code(wheel):
    """SIMDEPLOY_BUILD_OBJECTS=0 leaves it out."""
    assert not [name for name in wheel if name.startswith(OBJECTS)]


@pytest.fixture(scope="module")
def built(unpacked, tmp_path_factory):
    """Return a wheel that was built from the sdist, machine code included."""
    if not batch.is_compiling():
        pytest.skip("about machine code")
    folder = tmp_path_factory.mktemp("built")
    environment = {**os.environ, "PYTHONPATH": ""}
    environment.pop("SIMDEPLOY_BUILD_OBJECTS", None)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=unpacked, env=environment, check=True, capture_output=True)
    (path,) = folder.iterdir()
    return path


#: What is there when machine code is made for a wheel: the build's own requirements.
BUILDING = """
import sys

class Refused:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in sys.argv[1].split(","):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Refused())
import simdeploy.engines.jit.objects
"""


def test_machine_code_is_made_without_the_dependencies():
    """The builder imports none of what an installed simdeploy needs but NumPy and llvmlite."""
    refused = "pydantic,pandas,scipy,simpy,typer,rich,ruamel,matplotlib,pyarrow"
    done = subprocess.run(
        [sys.executable, "-c", BUILDING, refused], cwd=ROOT, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_a_wheel_from_the_sdist_has_machine_code(built):
    """There are the objects of all platforms, in a wheel for all of them that is small."""
    assert built.name.endswith("-py3-none-any.whl")
    assert built.stat().st_size < 1.5e6
    archive = zipfile.ZipFile(built)
    files = {name for name in archive.namelist() if name.startswith(OBJECTS)}
    assert files == {f"{OBJECTS}/{name}" for name in ("BUILT", "x86_64.xz", "arm64.xz")}
    told = json.loads(archive.read(f"{OBJECTS}/BUILT"))
    assert told["objects"].keys() == {f"{name}.o" for name in TARGETS}
    assert told["sources"] == sources_digest()
    assert {"fingerprint", "records", "numba", "llvmlite", "python"} <= told.keys()


#: Plays runs by the installed package, where numba is missing and nothing can be kept.
INSTALLED = """
import sys
sys.modules["numba"] = None
from simdeploy.engines import batch, replicate
from simdeploy.engines.jit import native
from simdeploy.scenario import load_scenario
rows = replicate(load_scenario("bad-boot"), "rolling", seed=1, lo=0, hi=8)
assert isinstance(batch.kernel(), native.Loop)
print(native.__file__)
print(rows.tobytes().hex())
"""


def test_an_installed_wheel_plays_without_numba(built, tmp_path):
    """The object in the wheel is loaded, and gives the numbers that this checkout gives."""
    place, cache = tmp_path / "site", tmp_path / "cache"
    zipfile.ZipFile(built).extractall(place)
    environment = {**os.environ, "PYTHONPATH": str(place), "SIMDEPLOY_CACHE_DIR": str(cache)}
    environment["SIMDEPLOY_ENGINE_CODE"] = "object"
    command = [sys.executable, "-c", INSTALLED]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True
    )
    file, rows = done.stdout.split()
    assert Path(file).is_relative_to(place)
    assert (
        rows == replicate(load_scenario("bad-boot"), "rolling", seed=1, lo=0, hi=8).tobytes().hex()
    )
    assert not cache.exists()
