"""Hostile text in titles and stories is shown in every output, and obeyed in none."""

import csv
import io
import json
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simdeploy.cli.app import main
from simdeploy.errors import OBEYED, visible
from simdeploy.report.documents import csv_text, escape_markdown, harmless, html_paragraph
from simdeploy.report.plots.figures import plot_compare
from simdeploy.results.timeline import Timeline
from tests import timelines

#: What a terminal, a spreadsheet, a browser, matplotlib or an editor would obey, and plain words.
BITS = st.sampled_from([
    "\x1b[31m", "\x1b]0;title\x07", "\x9b5A", "\u202e", "\u2066", "\u200b", "\ufeff", "\x00",
    "\x08", "\r", "\u2028", "<script>", "|", "`", "$x^2$", "$\\frac{", "=1+1", "@x", "a",
    "ß", "漢", " ",
])  # fmt: skip
HOSTILE = st.lists(BITS, min_size=1, max_size=8).map("".join)

SCENARIO = """\
name: hostile
title: {title}
story: {title}
strategies: {{rolling: {{type: rolling}}, blue-green: {{type: blue_green}}}}
release: {{faults: [{{kind: errors, rate: 5%}}]}}
"""


@cache
def files(folder):
    """Return a file of a scenario, made anew for each title."""
    return folder / "hostile.yaml"


def written(folder, title):
    """Write the scenario with a title, and return its file."""
    files(folder).write_text(SCENARIO.format(title=json.dumps(title)), encoding="utf-8")
    return str(files(folder))


@given(HOSTILE)
def test_what_is_obeyed_is_written_out(text):
    """Nothing that is obeyed is left, nothing else changes, and twice is once."""
    shown = visible(text)
    assert not OBEYED.search(shown)
    assert visible(shown) == shown
    assert shown.encode().decode("unicode_escape", "replace")
    plain = OBEYED.sub("", text)
    assert visible(plain) == plain


@pytest.mark.parametrize("format_", ["table", "markdown", "csv", "json"])
@settings(max_examples=8, deadline=None)
@given(HOSTILE)
def test_no_output_is_obeyed(tmp_path_factory, format_, title):
    """Compare prints a hostile title in every format; JSON still holds the title itself."""
    file = written(tmp_path_factory.getbasetemp(), title.replace("\x00", ""))
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", out)
        code = main(["compare", file, "--runs", "3", "--no-drill", "--format", format_])
    assert code == 0
    assert not OBEYED.search(out.getvalue())
    if format_ == "json":
        json.loads(out.getvalue())


@given(HOSTILE)
def test_cells_are_no_formulas(text):
    """A text cell begins with none of a spreadsheet's signs, and numbers are untouched."""
    given_cell = text.replace("\r", "").replace("\x00", "").strip() or "x"
    header, row = csv.reader(io.StringIO(csv_text(["a"], [[given_cell]])))
    assert header == ["a"]
    assert row == [f"'{given_cell}" if given_cell[0] in "=+-@" else given_cell]
    assert str(harmless(f"={text}")).startswith("'")
    assert harmless(-0.003) == -0.003
    assert harmless("−5") == "−5"


@given(HOSTILE)
def test_markdown_and_html_hold_no_markup(text):
    """No tag, no unescaped mark of Markdown, nothing that is obeyed."""
    for shown in (escape_markdown(text), html_paragraph("", text)[3:-4]):
        assert "<" not in shown
        assert not OBEYED.search(shown)


@settings(max_examples=10, deadline=None)
@given(HOSTILE)
def test_pictures_parse_no_formula(text):
    """A headline with dollars is drawn as it stands."""
    run = timelines.frozen("bad-boot")
    figure = plot_compare([run], text)
    figure.canvas.draw()
    assert isinstance(run, Timeline)
    assert figure.texts[0].get_text().replace("\n", " ").split() == visible(text).split()


def test_errors_are_shown(capsys):
    """A hostile name of a file comes back written out."""
    assert main(["compare", "\x1b[31mnone\u202e.yaml"]) == 2
    error = capsys.readouterr().err
    assert "\\u001b[31mnone\\u202e.yaml" in error
    assert main(["compare", "bad-boot", "--set", "title=\x1b]0;x\x07", "--runs", "1"]) == 2
    assert not OBEYED.search(capsys.readouterr().err)
