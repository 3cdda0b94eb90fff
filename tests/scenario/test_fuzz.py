"""Thousands of damaged files: a scenario, or a `ScenarioError`, and nothing else."""

import random
from pathlib import Path

import pytest

from simdeploy.errors import ScenarioError
from simdeploy.scenario import load_scenario

EVERY_KEY = Path(__file__).with_name("every-key.yaml").read_bytes()
WEIRD = (
    b".nan", b"-.inf", b"1e999", b"-0", b"''", b"null", b"~", b"true", b"[]", b"{}", b"[[[[",
    b"!!binary x", b"!x", b"&a", b"*a", b"<<: *a", b"\x00", b"\xff", b"\xef\xbb\xbf", b"%YAML 3",
    b"---", b"...", b"? ", b"- ", b": ", b"#", b"'", b'"', b"|", b">", b"9" * 400, b"0x", b"1:2:3",
    b"-5m", b"5 parsecs", b"140%", b"\t", b"\r", b"\xe2\x80\xa8", b"\xf0\x9f\x92\xa5", b"name",
    b"type: x", b"extends: every-key.yaml", b"{distribution: gamma, mean: 3}", b"@", b"`",
)  # fmt: skip


def flip(rng, data):
    """Change some bytes."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        out[rng.randrange(len(out))] = rng.randrange(256)
    return bytes(out)


def shuffle(rng, data):
    """Swap some lines."""
    lines = data.split(b"\n")
    for _ in range(rng.randint(1, 6)):
        i, j = rng.randrange(len(lines)), rng.randrange(len(lines))
        lines[i], lines[j] = lines[j], lines[i]
    return b"\n".join(lines)


def swap(rng, data):
    """Swap some words."""
    words = data.split(b" ")
    for _ in range(rng.randint(1, 6)):
        i, j = rng.randrange(len(words)), rng.randrange(len(words))
        words[i], words[j] = words[j], words[i]
    return b" ".join(words)


def delete(rng, data):
    """Cut a piece out."""
    start = rng.randrange(len(data))
    return data[:start] + data[start + rng.randint(1, 200) :]


def weird(rng, data):
    """Put something odd in place of a word."""
    words = data.split(b" ")
    for _ in range(rng.randint(1, 3)):
        words[rng.randrange(len(words))] = rng.choice(WEIRD)
    return b" ".join(words)


def values(rng, data):
    """Replace the value of a key."""
    lines = data.split(b"\n")
    for _ in range(rng.randint(1, 3)):
        i = rng.randrange(len(lines))
        lines[i] = lines[i].split(b":")[0] + b": " + rng.choice(WEIRD)
    return b"\n".join(lines)


def repeat(rng, data):
    """Put a piece in twice."""
    start = rng.randrange(len(data))
    piece = data[start : start + rng.randint(1, 300)]
    place = rng.randrange(len(data))
    return data[:place] + piece + data[place:]


def faults(file):
    """Load, and return what is wrong; any other exception fails the test."""
    try:
        load_scenario(file)
    except ScenarioError as error:
        return error.faults
    return ()


DAMAGE = (flip, shuffle, swap, delete, weird, values, repeat)


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda one: one.__name__)
def test_damaged_files(tmp_path, damage):
    """300 files for each way to damage one; faults are lines with a place."""
    rng = random.Random(damage.__name__)
    file = tmp_path / "x.yaml"
    for _ in range(300):
        file.write_bytes(damage(rng, EVERY_KEY))
        assert all(len(str(fault).splitlines()) == 1 for fault in faults(file))


def test_several_damages(tmp_path):
    """200 files with several kinds of damage at once."""
    rng = random.Random(7)
    file = tmp_path / "x.yaml"
    for _ in range(200):
        data = EVERY_KEY
        for damage in rng.sample(DAMAGE, 3):
            data = damage(rng, data)
        file.write_bytes(data)
        assert all(fault.message for fault in faults(file))


def test_noise(tmp_path):
    """Random bytes are no scenario."""
    rng = random.Random(3)
    file = tmp_path / "x.yaml"
    for _ in range(100):
        file.write_bytes(rng.randbytes(rng.randint(1, 300)))
        with pytest.raises(ScenarioError):
            load_scenario(file)
