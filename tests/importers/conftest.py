"""Fixtures: AWS objects become files, files become a scenario."""

import json

import pytest

from simdeploy.importers.aws import import_files
from simdeploy.scenario import load_scenario_text

from .shapes import usual


@pytest.fixture
def save(tmp_path):
    """Write objects or texts as files and return the paths."""

    def write(*contents, suffix=".json"):
        paths = []
        for content in contents:
            path = tmp_path / f"file-{len(list(tmp_path.iterdir()))}{suffix}"
            text = content if isinstance(content, str | bytes) else json.dumps(content)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
            paths.append(path)
        return paths

    return write


@pytest.fixture
def imported(save):
    """Import objects as files of their own; six tasks where none of them says how many."""
    return lambda *contents: import_files(save(*contents), usual(*contents))


@pytest.fixture
def loaded(imported):
    """Import objects and load the scenario that comes of it."""
    return lambda *contents: load_scenario_text(imported(*contents).text)


@pytest.fixture
def words(imported):
    """Import objects and return what was assumed, by path."""

    def by_path(*contents):
        found = {}
        for one in imported(*contents).assumptions:
            text = f"{one.value} {one.source_words}".strip()
            found[one.path] = f"{found[one.path]}; {text}" if one.path in found else text
        return found

    return by_path
