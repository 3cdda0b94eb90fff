"""The batch engine around its loop."""

import importlib

from simdeploy.engines import batch
from simdeploy.engines.jit.fingerprint import LOOP


def test_plain_python_is_the_module_itself(monkeypatch):
    """Without machine code the loop is the module that a debugger can step into."""
    monkeypatch.setenv("SIMDEPLOY_ENGINE_CODE", "python")
    assert batch.kernel.__wrapped__() is importlib.import_module(LOOP)


def test_machine_code_is_announced_by_the_caller(monkeypatch):
    """Whatever the command line wants said while something is compiled is handed on."""
    monkeypatch.setenv("SIMDEPLOY_ENGINE_CODE", "object")
    monkeypatch.delenv("NUMBA_DISABLE_JIT", raising=False)
    monkeypatch.setattr(batch, "announcing", "announced")
    monkeypatch.setattr(batch, "load_loop", lambda announcing: announcing)
    assert batch.kernel.__wrapped__() == "announced"
