"""Bundles of objects: what is packed comes out again, and a damaged bundle is an error."""

import sys

import pytest

from simdeploy.engines.jit import bundles as subject


@pytest.fixture
def folder(tmp_path):
    """Return a folder with bundles of three objects."""
    contents = {
        "linux-x86_64.o": b"one\n" * 99,
        "macos-x86_64.o": b"two\n" * 98,
        "linux-arm64.o": b"3",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    subject.pack([tmp_path / name for name in contents])
    return tmp_path


def test_what_is_packed_comes_out_again(folder):
    """There is one file for each architecture, and every object is in one."""
    assert {file.name for file in folder.iterdir()} == {"x86_64.xz", "arm64.xz"}
    assert subject.read_object(folder / "linux-x86_64.o") == b"one\n" * 99
    assert subject.read_object(folder / "macos-x86_64.o") == b"two\n" * 98
    assert subject.read_object(folder / "linux-arm64.o") == b"3"


def test_a_file_of_its_own_comes_first(folder):
    """An object that is no part of a bundle is read as it is."""
    (folder / "linux-arm64.o").write_bytes(b"mine")
    assert subject.read_object(folder / "linux-arm64.o") == b"mine"


def test_an_object_that_is_not_in_the_bundle(folder):
    """The error names both."""
    with pytest.raises(subject.BundleError, match=r"^arm64.xz has no windows-arm64.o$"):
        subject.read_object(folder / "windows-arm64.o")


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-8], lambda b: b"", lambda b: b[:20] + b"x" + b[21:]]
)
def test_a_damaged_bundle(folder, damage):
    """A bundle that is cut off, empty or changed is an error that names it."""
    bundle = folder / "x86_64.xz"
    bundle.write_bytes(damage(bundle.read_bytes()))
    with pytest.raises(subject.BundleError, match=r"^x86_64.xz "):
        subject.read_object(folder / "linux-x86_64.o")


def test_neither_file_nor_bundle(tmp_path):
    """That is the system's error."""
    with pytest.raises(FileNotFoundError):
        subject.read_object(tmp_path / "linux-arm64.o")


def test_a_python_without_lzma(folder, monkeypatch):
    """Some Pythons that were built from source have none."""
    monkeypatch.setitem(sys.modules, "lzma", None)
    with pytest.raises(subject.BundleError, match="this Python has no module lzma"):
        subject.read_object(folder / "linux-arm64.o")
