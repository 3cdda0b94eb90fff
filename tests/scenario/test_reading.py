"""YAML 1.2 within limits; whatever else a file may be, it is one line and no traceback."""

import os

import pytest

from simdeploy.errors import ScenarioError
from simdeploy.scenario import load_scenario
from simdeploy.scenario.reading import read_text, scalar

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{c}: &{c} [{', '.join([f'*{b}'] * 10)}]\n"
    for b, c in zip("abcdefgh", "bcdefghi", strict=True)
)


def refusal(text):
    """Return the faults of a text."""
    with pytest.raises(ScenarioError) as caught:
        read_text(text, "f.yaml")
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12), ("-3", -3), ("0x1F", 31), ("0o17", 15), ("012", 12), ("1.5", 1.5),
        ("1e3", 1000.0), (".5", 0.5), ("true", True), ("False", False), ("null", None), ("", None),
        ("yes", "yes"), ("on", "on"), ("1_000", "1_000"), ("12:30:45", "12:30:45"),
        ("2026-01-01", "2026-01-01"), ("5m", "5m"), ("25%", "25%"), ("0b1", "0b1"),
    ],
)  # fmt: skip
def test_scalars_follow_yaml_1_2(text, value):
    """No Norway problem, no sexagesimal numbers, no dates."""
    assert scalar(text) == value
    assert type(scalar(text)) is type(value)


def test_lines_are_those_of_the_keys():
    """A nested value is reported at the line of its key."""
    root = read_text("a:\n  b:\n    c: 1\nd: 'x'\n", "f.yaml")
    assert [root.value["a"].line, root.value["a"].value["b"].line, root.value["d"].line] == [
        1,
        2,
        4,
    ]


def test_aliases_repeat_a_value():
    """An anchor works within limits."""
    assert read_text("a: &x {b: 1}\nc: *x\n", "f").plain() == {"a": {"b": 1}, "c": {"b": 1}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3", 'f.yaml:3: the key "a" stands twice; first on line 1'),
        ("a: !!python/object:os.system x", "f.yaml:1: tags are not allowed; got tag:yaml.org"),
        ("a: !secret x", "f.yaml:1: tags are not allowed; got !secret"),
        ("a: *b", "f.yaml:1: *b names no anchor"),
        ("a: &a [*a]", "f.yaml:1: *a names no anchor that is complete here"),
        ("a: 1\n---\nb: 2", "f.yaml:2: one document per file"),
        ("? [x]\n: 1", "f.yaml:1: a key must be a plain word"),
        ("a: [1, 2", "f.yaml:1: is not YAML"),
        ("a: 1\n b: 2", "f.yaml:2: is not YAML"),
        ("a: \x07", "is not YAML"),
        ("[" * 100 + "]" * 100, "f.yaml:1: is nested too deeply; allowed: 30 levels"),
        ("[" * 5000, "f.yaml:1: is nested too deeply"),
        ("[" + "1," * 30_000 + "]", "f.yaml:1: is too large; allowed: 20000 values"),
        ("a: &a x\nb: [" + "*a, " * 200 + "]", "has too many aliases; allowed: 100"),
        (LAUGHS, "is too large"),
        ("%YAML 9.9.9\n---\na: 1", "is not YAML"),
    ],
    ids=lambda text: text[:20],
)
def test_what_yaml_allows_and_a_scenario_needs_not(text, message):
    """Tags, bombs, second documents and odd keys are refused with their line."""
    assert message in refusal(text)


def test_several_faults_of_the_text_show_together():
    """Duplicates and tags do not hide one another."""
    assert len(refusal("a: 1\na: 2\nb: !x 3\nb: 4").splitlines()) == 3


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"# only a comment\n", "is empty"),
        (b"- a\n- b\n", ":1: must be a block of keys"),
        (b"just words", ":1: must be a block of keys"),
        (b"name: a\n\xff\xfe", ":2: is not UTF-8 text"),
        (b"name: a\0", ":1: is binary"),
        (b"\x89PNG\r\n\x1a\n\0\0", "is not UTF-8"),
        (b"#" * 1_000_001, "is too large; allowed: 1,000,000 bytes"),
    ],
    ids=lambda data: repr(data[:12]),
)
def test_files_that_are_no_scenario(tmp_path, data, message):
    """Empty, binary, oversized: one line each."""
    file = tmp_path / "x.yaml"
    file.write_bytes(data)
    with pytest.raises(ScenarioError) as caught:
        load_scenario(file)
    assert message in str(caught.value)
    assert len(caught.value.faults) == 1


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "no regular file"), ("no-such-file.yaml", "no such file"), ("bad-bot", "bad-boot"),
        ("a\0b", "no such file"), ("x" * 5000, "cannot be read"), (os.curdir, "is a folder"),
    ],
)  # fmt: skip
def test_names_that_are_no_file(name, message):
    """Missing files, folders and odd names: one line each."""
    with pytest.raises(ScenarioError) as caught:
        load_scenario(name)
    assert message in str(caught.value) or "folder" in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_waited_for(tmp_path):
    """Reading would block forever."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ScenarioError, match="no regular file"):
        load_scenario(tmp_path / "pipe")


def test_a_byte_order_mark_is_no_fault(tmp_path):
    """Some editors write one."""
    file = tmp_path / "x.yaml"
    file.write_bytes(b"\xef\xbb\xbfname: a\nstrategies: {r: {type: rolling}}\n")
    assert load_scenario(file).name == "a"
