"""Documents: markup in texts is none, and tables have their parts."""

from simdeploy.report.documents import (
    csv_text,
    escape_markdown,
    escape_pipes,
    html_paragraph,
    html_table,
    markdown_table,
)


def test_csv_has_unix_line_ends():
    """Lines end as on Unix, None is empty, and what needs quotes has them."""
    assert csv_text(("a", "b"), [(None, 'x "y"')]) == 'a,b\n,"x ""y"""\n'


def test_markdown_table_aligns_by_its_rule():
    """Columns are left-aligned without a rule of their own."""
    assert markdown_table(["a", "b"], [["1", "2"]]).splitlines()[1] == "| --- | --- |"
    assert markdown_table(["a"], [["1"]], ["---:"]) == "| a |\n| ---: |\n| 1 |"


def test_markup_is_escaped():
    """Texts end no cell, start no markup and hold no tag."""
    assert escape_pipes("a|b_c") == "a\\|b_c"
    assert escape_markdown("*a* <b>|") == "\\*a\\* &lt;b&gt;\\|"
    assert html_paragraph("", "<b>") == "<p>&lt;b&gt;</p>"


def test_html_table_takes_cells_as_they_are():
    """Header and caption are escaped, cells may hold markup."""
    made = html_table(["<h>"], [["r", "<br>"]], "<c>")
    assert "<caption>&lt;c&gt;</caption>" in made
    assert "<th>&lt;h&gt;</th>" in made
    assert "<tr><th>r</th><td><br></td></tr>" in made
