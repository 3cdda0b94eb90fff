"""Which style each document is of, and the AWS objects, or the scenario, that it becomes."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from simdeploy.errors import ImportShapeError
from simdeploy.importers import shapes
from simdeploy.importers.hints import NotReadError
from simdeploy.importers.imported import Imported
from simdeploy.importers.options import Options
from simdeploy.importers.reading import Document, documents
from simdeploy.importers.shapes import Part
from simdeploy.importers.styles import STYLES, cdk, style_of
from simdeploy.importers.styles.style import Style


class Found(NamedTuple):
    """AWS objects, and the style of each of their documents by its identity."""

    parts: list[Part]
    styles: dict[int, Style]

    def style_of(self, document: Document) -> Style | None:
        """Return the style of a document, None for what the AWS CLI prints or takes."""
        return self.styles.get(id(document))


def find(files: Iterable[Path], options: Options) -> Found | Imported:
    """Read files and return what they hold.

    Raises
    ------
    ImportShapeError
        If a file cannot be read or holds nothing known, or if what it holds does not go together
        with the other files.
    """
    read = [
        stack
        for file in files
        for document in documents(cdk.manifest(file))
        for stack in cdk.stacks(document)
    ]
    return sort(read, options)


def sort(read: Sequence[Document], options: Options) -> Found | Imported:
    """Return what documents hold, whatever they were read from.

    Raises
    ------
    ImportShapeError
        If a document holds nothing known, or if what it holds does not go together with the others.
    """
    styled = [(document, style_of(document)) for document in read]
    _refuse_options(options, [style for _, style in styled if style])
    made = _made(styled, options)
    if made is not None:
        return made
    parts = [part for document, style in styled if not style for part in shapes.parts(document)]
    for style in dict.fromkeys(style for _, style in styled if style):
        several = [document for document, its in styled if its == style]
        parts += style.parts(several, options) if style.parts else _refuse(style, several[0])
    return Found(parts, {id(document): style for document, style in styled if style})


def _refuse_options(options: Options, styles: Sequence[Style]) -> None:
    """Refuse options that mean nothing to any of the files."""
    for name, flag in (("parameters", "--parameter"), ("environment", "--env")):
        if getattr(options, name) and not any(name in style.takes for style in styles):
            takers = ", ".join(style.name for style in STYLES if name in style.takes)
            raise ImportShapeError(flag, f"none of the files takes it; files of {takers} do")


def _made(styled: Sequence[tuple[Document, Style | None]], options: Options) -> Imported | None:
    """Return the scenario of a style that makes it itself; None if there is none.

    The first of these styles in the registry gets the documents of all of them: a rollout of Argo
    comes with services of Kubernetes.
    """
    makers = [style for style in STYLES if style.page and style in {its for _, its in styled}]
    if not makers:
        return None
    for document, style in styled:
        if style not in makers:
            why = f"cannot be imported together with files of {makers[0].name}"
            raise ImportShapeError(document.file, why)
    assert makers[0].page is not None
    return makers[0].page([document for document, _ in styled], options)


def _refuse(style: Style, document: Document) -> list[Part]:
    raise NotReadError(document.file, style.hint)


def is_known(path: Path) -> bool:
    """Return whether a file is another tool's by its shape, also one that is not read."""
    try:
        return any(
            cdk.is_manifest(document) or style_of(document) or shapes.parts(document)
            for document in documents(cdk.manifest(path))
        )
    except NotReadError:
        return True
    except ImportShapeError:
        return False
