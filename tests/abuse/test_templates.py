"""Damaged templates and records: a few here, ten thousand by ``tests.abuse.reliability``."""

from collections import Counter

from tests.abuse import many
from tests.abuse.playing import FAILED
from tests.abuse.templates import MEGABYTE, SELDOM, mutant, played, sources

#: Inputs that are read here: of every kind some.
FEW = 160
#: Ends of what is said of a file that is read, and of no use to `calibrate`.
UNUSED = "or a rule of EventBridge, keeps more"


def test_every_kind_takes_its_turn():
    """All files of all kinds are damaged, and the same number gives the same bytes."""
    made = [mutant(1, number) for number in range(200)]
    assert {one.source.name for one in made} == {
        source.name for files in sources().values() for source in files
    }
    assert [one.content for one in made[:40]] == [mutant(1, n).content for n in range(40)]
    assert set(sources()) == {
        "terraform", "cloudformation", "cdk", "copilot", "ecspresso", "kubernetes", "aws-files",
        "events",
    }  # fmt: skip


def test_files_that_are_whole_are_read(tmp_path):
    """What is damaged is read while it is whole: of each kind, and each file.

    Records of a deployment alone are read, too; there is only nothing in them to calibrate with.
    """
    for kind, files in sources().items():
        for source in files:
            one = type(mutant(1, 0))(0, source, (), source.text.encode())
            end = played(one, tmp_path)
            is_read = end.end == "accepted" or end.said.endswith(UNUSED)
            assert is_read, (kind, source.name, end.said)


def test_a_few_are_read(tmp_path):
    """Each ends in clear words and soon; some are refused, some are read."""
    ends = [played(mutant(3, number), tmp_path) for number in range(FEW)]
    assert [end for end in ends if end.end in FAILED] == []
    counts = Counter(end.end for end in ends)
    assert min(counts["accepted"], counts["refused"]) >= FEW // 10
    assert list(tmp_path.iterdir()) == []


def test_a_large_plan(tmp_path):
    """A plan of 20 MB is read, or refused, within its five seconds."""
    one = mutant(1, SELDOM - 1)
    assert len(one.content) > 19 * MEGABYTE
    assert played(one, tmp_path).end in ("accepted", "refused")


def test_they_go_on_where_they_were_interrupted(tmp_path):
    """Ends of templates are kept in a file, and what stands there is not read again."""
    first = many.play(3, 1, tmp_path / "ends", part="templates")
    text = (tmp_path / "ends").read_text(encoding="utf-8")
    assert many.play(3, 1, tmp_path / "ends", part="templates") == first
    assert (tmp_path / "ends").read_text(encoding="utf-8") == text
    assert set(first["commands"]) == {"terraform", "cloudformation", "cdk"}
