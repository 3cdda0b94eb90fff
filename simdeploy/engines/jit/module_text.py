"""Modules of LLVM as text, merged: what several of them hold, each thing once.

Texts are those that llvmlite's ``ir`` writes, and those that LLVM prints.
"""

import re
from collections.abc import Iterable

#: A function, one that is only declared, and a global value, each with its name.
FUNCTION = re.compile(r'^define .*?@"?([^"(\n]+)"?\(.*?^}$', re.MULTILINE | re.DOTALL)
DECLARATION = re.compile(r'^declare .*?@"?([^"(\n]+)"?\(.*$', re.MULTILINE)
VALUE = re.compile(r'^@"?([^"\n]+?)"? = .*$', re.MULTILINE)
#: Metadata and attributes, which every module numbers for itself: where they are listed, and used.
LISTED = re.compile(r"^(?:attributes )?([!#]\d+) = (.*)$", re.MULTILINE)
USED = re.compile(r"(?<= )[!#]\d+\b")


class ModuleText:
    """A module to which the contents of others are added; what it has by a name already stays."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self.functions: dict[str, str] = {}
        self.declared: dict[str, str] = {}
        self.values: dict[str, str] = {}
        self.listed: dict[str, str] = {}
        for text in texts:
            self.add(text)

    def add(self, text: str) -> None:
        """Add what a module holds."""
        numbers: dict[str, str] = {}
        for number, content in LISTED.findall(text):
            numbers[number] = self.listed.setdefault(
                number[0] + content, f"{number[0]}{len(self.listed)}"
            )
        for pattern, kept in ((FUNCTION, self.functions), (DECLARATION, self.declared)):
            for found in pattern.finditer(text):
                if found[1] not in kept:
                    kept[found[1]] = USED.sub(lambda one: numbers.get(one[0], one[0]), found[0])
        for found in VALUE.finditer(text):
            self.values.setdefault(found[1], found[0])

    def missing(self) -> list[str]:
        """Return the names of functions that the module calls and does not hold."""
        return [name for name in self.declared if name not in self.functions]

    def __str__(self) -> str:
        missing = (self.declared[name] for name in self.missing())
        lists = (
            f"{'attributes ' if number[0] == '#' else ''}{number} = {content[1:]}"
            for content, number in self.listed.items()
        )
        parts = (*self.values.values(), *missing, *self.functions.values(), *lists)
        return "\n".join(parts) + "\n"
