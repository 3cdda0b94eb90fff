"""What tests of sweeps share: a small sweep in many chunks, and folders as bytes."""

from simdeploy.sweeps import chunks, sweep, work_items

KNOBS = {
    "target_group.health_check.interval": "7s,10s",
    "target_group.deregistration_delay": "0s:60s:30s",
}


def small(out, knobs=KNOBS, **how):
    """Sweep six settings of one strategy."""
    return sweep("bad-boot", knobs, out=out, **{"runs": 20, "strategies": ["recreate"], **how})


def bytes_of(folder):
    """Return the bytes of all files by their names."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def divide_small(monkeypatch, *, block=4096, runs=40):
    """Divide sweeps into many chunks: two settings a part, or a few blocks of runs a chunk."""
    monkeypatch.setattr(chunks, "LEAST", runs)
    monkeypatch.setattr(chunks, "BLOCK", block)
    monkeypatch.setattr(work_items, "BLOCK", block)
