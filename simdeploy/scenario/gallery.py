"""The scenarios that come with the package, by name."""

from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


@cache
def gallery_folder() -> Path:
    """Return the folder of the gallery: inside an installed package, or in the checkout."""
    inside = PACKAGE / "gallery"
    return inside if inside.is_dir() else PACKAGE.parent / "scenarios"


def builtin_scenarios() -> dict[str, Path]:
    """Return the scenarios of the gallery, by name; files to extend are not among them."""
    return {path.stem: path for path in sorted(gallery_folder().glob("*.yaml"))}
