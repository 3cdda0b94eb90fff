"""What is written from the tables of fields is up to date, and the tables say what they hold."""

import pytest

from simdeploy.model.fields import generating
from simdeploy.model.fields.declaring import nested
from simdeploy.model.fields.memory import TOPS

each_record = pytest.mark.parametrize("record", nested(TOPS), ids=lambda record: record.name)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (generating.HERE / "types.pyi", generating.types),
        (generating.HERE / "initial.py", generating.initial),
        (generating.DOCS, generating.docs),
    ],
    ids=["types", "initial", "docs"],
)
def test_written_files_are_up_to_date(file, text):
    """``python -m simdeploy.model.fields.generating`` was run after the last change of a table."""
    assert file.read_text(encoding="utf-8") == text()


@each_record
def test_fields_are_described(record):
    """Every field has a meaning that ends as a sentence does, and a name of its own."""
    assert len(set(record.names)) == len(record.names)
    assert [field.name for field in record.fields if not field.meaning.endswith(".")] == []


@each_record
def test_dtypes_have_the_fields(record):
    """The NumPy dtype has every field, in order, with its shape."""
    assert record.dtype.names == record.names
    assert [record.dtype[field.name].shape for field in record.fields] == [
        field.shape for field in record.fields
    ]
