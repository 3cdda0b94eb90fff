"""Files of pictures: the right kind, whole or not there."""

import pytest

from simdeploy.errors import SimdeployError
from simdeploy.report.plots.canvas import check_suffix, save
from simdeploy.report.plots.figures import plot_run
from tests import timelines


@pytest.mark.parametrize("name", ["x.gif", "x", "x.png.txt"])
def test_other_kinds_of_pictures_are_refused(name):
    """An unknown suffix is told before anything is drawn."""
    with pytest.raises(SimdeployError, match=r"a picture is \.png, \.svg, \.pdf; got"):
        check_suffix(name)


@pytest.mark.parametrize(
    ("suffix", "magic"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")]
)
def test_pictures_are_what_their_suffix_says(tmp_path, suffix, magic):
    """PNG, SVG and PDF are written by suffix, in capitals too, and leave no draft behind."""
    target = tmp_path / f"run{suffix.upper()}"
    save(plot_run(timelines.frozen("stuck")), target)
    assert target.read_bytes().startswith(magic)
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


def test_a_picture_that_cannot_be_written_leaves_nothing(tmp_path):
    """A missing folder is told in one line, and the draft is gone."""
    with pytest.raises(SimdeployError, match="cannot be written"):
        save(plot_run(timelines.frozen("stuck")), tmp_path / "no" / "run.png")
    assert list(tmp_path.iterdir()) == []
