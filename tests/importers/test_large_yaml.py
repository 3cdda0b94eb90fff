"""Large YAML is parsed in C: the same nodes, words and lines as small YAML, and bounded work."""

import pytest

from simdeploy.errors import ImportShapeError
from simdeploy.importers import yaml_events, yaml_nodes
from simdeploy.importers.reading import SMALL_YAML, documents

#: What the two parsers could take for different things.
TEXTS = [
    "a: yes\nb: No\nc: on\nd: OFF\ne: true\nf: False\ng: y",
    "a: 0777\nb: 0o777\nc: 1:30\nd: 1_000\ne: 0x1f\nf: +12\ng: .5\nh: 1e3\ni: .inf\nj: -.NaN",
    "a: ~\nb: null\nc: Null\nd: ''\ne: 'null'\nf: \"1\"\ng: =\nh: <<",
    "a: 2001-01-01\nb: 2001-01-01T00:00:00Z\nc: 12:30:45",
    "a: |\n  x\n  y\nb: >-\n  x\n  y\nc: plain\n  folded",
    "a: !Ref X\nb: !Sub '${X}-y'\nc: !GetAtt A.B\nd: !If [C, {x: 1}, !Ref Y]\ne: !Equals [a, b]",
    "a: !!str 1\nb: !!int '2'\nc: ! 3",
    "{a: [1, two, {b: c}], d: 'e: f', g: [], h: {}}",
    "a: 1\n---\n- b\n---\n--- c\n...\n",
    "# nothing\na:\n- b: 1\n  c: 2\n- {d: 3}\n",
    "",
    "hello",
]
#: What is refused, and the line.
REFUSED = [
    ("a: &x 1\nb: *x", ":1: has a YAML alias or anchor"),
    ("a: &x {b: 1}\nc: *x", ":1: has a YAML alias or anchor"),
    ("a: 1\nb: *x", ":2: has a YAML alias or anchor"),
    ("a: 1\nb: !!python/object:os.system x", ":2: has the YAML tag"),
    ("a: 1\na: 2", ":2: is no YAML: the key"),
    ("a: b: c", ":1: is no YAML"),
    ("a: 1\nb: [", "is no YAML"),
    ("a: !!int x", ":1: is no YAML: no int"),
    ("? [a]\n: 1", ":1: is no YAML here: a key must be a text"),
    ("a: " + "[" * 70 + "]" * 70, "nested too deeply"),
    ("[" * 90_000, "is no YAML"),
]


def data(roots):
    """Return the data and the lines of documents."""
    plain = [yaml_nodes.plain("x", root, 60) for root in roots]
    return plain, [lines(root) for root in roots]


def lines(node):
    """Return tag and line of a node and of all below it."""
    below = node.value if isinstance(node.value, list) else []
    inner = [lines(one) for item in below for one in (item if isinstance(item, tuple) else [item])]
    return str(node.tag), node.start_mark.line, inner


@pytest.mark.parametrize("text", TEXTS)
def test_both_parsers_give_the_same(text):
    """Data, tags and lines do not depend on the size of the file."""
    assert data(yaml_events.compose("x", text, 60)) == data(yaml_nodes.compose("x", text))


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_both_parsers_refuse_the_same(text, message):
    """Anchors, tags, keys that stand twice and what is no YAML are refused, by their line."""
    with pytest.raises(ImportShapeError) as error:
        data(yaml_events.compose("x", text, 60))
    assert message in str(error.value)


def test_a_large_file_has_its_lines(tmp_path):
    """Beyond the size at which the other parser is used, lines and values are right."""
    file = tmp_path / "large.yaml"
    file.write_text("# filler\n" * 10_000 + "a:\n  b: yes\n", encoding="utf-8")
    assert file.stat().st_size > SMALL_YAML
    (document,) = documents(file)
    assert document.data == {"a": {"b": "yes"}}
    assert document.place(("a", "b")).endswith("large.yaml:10002")


def test_a_file_of_very_many_values(tmp_path):
    """Work is bounded by the number of values, which a small file can hold many of."""
    file = tmp_path / "many.yaml"
    file.write_text("- 1\n" * (yaml_events.MOST_VALUES + 1), encoding="utf-8")
    with pytest.raises(ImportShapeError, match="150001: holds too many values; at most"):
        documents(file)


def test_without_the_parser_in_c(tmp_path, monkeypatch):
    """Where it is missing, large files are refused rather than parsed for seconds."""
    monkeypatch.setattr(yaml_events, "IS_THERE", False)
    file = tmp_path / "large.yaml"
    file.write_text("# filler\n" * 10_000 + "a: 1\n", encoding="utf-8")
    with pytest.raises(ImportShapeError, match="at most 50 kB without libyaml"):
        documents(file)
