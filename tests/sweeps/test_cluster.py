"""The same sweep on a dask cluster: the same bytes, also where a worker is killed amid it."""

import os
import signal
import sys
import warnings

import pytest

from simdeploy.cli.app import main
from simdeploy.errors import MissingExtraError, SimdeployError
from simdeploy.sweeps import sweep
from simdeploy.sweeps.cluster import Workers
from tests.sweeps.common import bytes_of

DELAYS = {"target_group.deregistration_delay": "0s:39s:1s"}
HOW = {"runs": 1000, "strategies": ["rolling", "recreate"]}


@pytest.fixture(scope="module")
def cluster():
    """Start a scheduler and two workers, each a process of its own with one thread."""
    distributed = pytest.importorskip("distributed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as made:
            yield made


def worker_pids(cluster):
    """Return the processes of the workers that live."""
    found = (worker.pid for worker in cluster.workers.values())
    return [pid for pid in found if pid is not None]


@pytest.mark.many_runs
@pytest.mark.filterwarnings("ignore")
def test_a_killed_worker_changes_nothing(cluster, tmp_path):
    """A worker killed in the middle of a sweep takes nothing with it."""
    sweep("bad-boot", DELAYS, out=tmp_path / "here", **HOW)
    killed = []

    def progress(done, total):
        if not killed and 0 < done < total:
            killed.append(worker_pids(cluster)[0])
            os.kill(killed[0], signal.SIGKILL)

    sweep(
        "bad-boot", DELAYS, out=tmp_path / "there", scheduler=cluster.scheduler_address,
        progress=progress, **HOW,
    )  # fmt: skip
    assert killed
    assert bytes_of(tmp_path / "there") == bytes_of(tmp_path / "here")


@pytest.mark.filterwarnings("ignore")
def test_workers_of_another_version(cluster, tmp_path, monkeypatch):
    """Workers with another version are named before anything begins, with what to do."""
    monkeypatch.setattr("simdeploy.sweeps.planning.fingerprint", lambda: "another")
    words = r"workers tcp://.*, tcp://.* have another version of simdeploy; install the same"
    with pytest.raises(SimdeployError, match=words):
        sweep("bad-boot", DELAYS, out=tmp_path, scheduler=cluster.scheduler_address, **HOW)


@pytest.mark.filterwarnings("ignore")
def test_a_worker_of_another_version_that_comes_later(cluster, tmp_path, monkeypatch):
    """A worker that joins a sweep amid it refuses what it is sent, and is named."""
    answers = iter([{}, {"tcp://late": "another"}])
    monkeypatch.setattr(Workers, "_versions", lambda self: next(answers))
    monkeypatch.setattr("simdeploy.sweeps.planning.fingerprint", lambda: "mine")
    with pytest.raises(SimdeployError, match="worker tcp://late has another version of simdeploy"):
        sweep("bad-boot", DELAYS, out=tmp_path, scheduler=cluster.scheduler_address, **HOW)


@pytest.mark.filterwarnings("ignore")
def test_no_scheduler_answers(capsys, tmp_path, monkeypatch):
    """An address without a scheduler is a clear error, and no folder is begun."""
    pytest.importorskip("distributed")
    monkeypatch.setattr("simdeploy.sweeps.cluster.PATIENCE", 0.2)
    typed = ["--set", "target_group.deregistration_delay=0s,9s", "--out", str(tmp_path)]
    assert main(["sweep", "bad-boot", *typed, "--scheduler", "tcp://127.0.0.1:9"]) == 2
    assert "--scheduler tcp://127.0.0.1:9: no scheduler answers" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_without_the_extra(monkeypatch, tmp_path):
    """Where distributed is missing the message has the line that installs it."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'simdeploy\[cluster\]'"):
        sweep("bad-boot", DELAYS, out=tmp_path, scheduler="tcp://127.0.0.1:9", **HOW)
    assert not list(tmp_path.iterdir())
