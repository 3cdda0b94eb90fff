"""Loading a user's Python file, whose strategies it registers (``--load``)."""

import ast
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, ModuleType

from simdeploy.errors import StrategyError
from simdeploy.strategies.base import REGISTRY, Strategy
from simdeploy.strategies.user_code import in_words, line_in, name_of, shown
from simdeploy.strategies.user_time import Limited

#: No strategy is longer; what never ends is not read to its end.
MOST_BYTES = 10_000_000
#: Names of the files that have been executed, as tracebacks spell them.
EXECUTED: set[str] = set()


def load_file(path: Path) -> None:
    """Execute a file; afterwards scenarios may name the strategies that it registers.

    Raises
    ------
    StrategyError
        With file and line, if it cannot be read, fails, or leaves a strategy unregistered.
    """
    content = _read(path)
    code = _compiled(path, content)
    module = ModuleType(f"simdeploy user file {path.resolve()}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module
    EXECUTED.add(str(path))
    with _all_or_nothing(path):
        with _own_file(path):
            exec(code, vars(module))  # noqa: S102  that is what --load asks for
        with _own_file(path, (StrategyError,)):
            for cls in _strategies(path, module):
                _complete(path, content, cls)


def fault_of(error: BaseException) -> str | None:
    """Return an error that strategies of executed files led to as one line; None without files.

    It begins with the last line of such a file that was being executed. Where there is none, a
    method of a strategy has returned what the simulator cannot use.
    """
    if not EXECUTED:
        return None
    trace, own, place = sys.exc_info()[2], "", ""
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        place = f"{file}:{trace.tb_lineno}"
        own = place if file in EXECUTED else own
        trace = trace.tb_next
    if own:
        return f"{own}: {in_words(error)}"
    files = ", ".join(sorted(EXECUTED))
    return f"{files}:1: its strategies cannot be simulated: {in_words(error)} (at {place})"


def _read(path: Path) -> bytes:
    """Return a file's content; of a device or a pipe nothing is read."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
            with path.open("rb") as stream:
                content = stream.read(MOST_BYTES + 1)
            what = f"longer than {MOST_BYTES:,} bytes" if len(content) > MOST_BYTES else ""
        else:
            what = "a device or a pipe"
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise StrategyError(f"{path}: cannot be read: {why}") from None
    if what:
        raise StrategyError(f"{path}: cannot be read: it is {what}")
    return content


def _compiled(path: Path, content: bytes) -> CodeType:
    """Return a file's compiled code; nothing is written beside it."""
    try:
        return compile(content, str(path), "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        # A byte of zero is an error without a line.
        before = content.count(b"\n", 0, max(content.find(b"\0"), 0))
        line = getattr(error, "lineno", None) or before + 1
        raise StrategyError(f"{path}:{line}: {getattr(error, 'msg', error)}") from None
    except (MemoryError, RecursionError):
        raise StrategyError(f"{path}:1: is too deeply nested to be compiled") from None


@contextmanager
def _own_file(path: Path, passing: tuple[type[BaseException], ...] = ()) -> Iterator[None]:
    """Turn what a file raises into an error with its line; an interrupt passes."""
    try:
        with Limited(str(path)):
            yield
    except BaseException as error:
        if isinstance(error, (KeyboardInterrupt, *passing)):
            raise
        line = line_in(str(path), sys.exc_info()[2]) or 1
        raise StrategyError(f"{path}:{line}: {in_words(error)}") from None


@contextmanager
def _all_or_nothing(path: Path) -> Iterator[None]:
    """Forget a file that fails, and what it has registered."""
    before = dict(REGISTRY)
    try:
        yield
    except BaseException:
        REGISTRY.clear()
        REGISTRY.update(before)
        EXECUTED.discard(str(path))
        raise


def _strategies(path: Path, module: ModuleType) -> list[type[Strategy]]:
    """Return the strategies that a file has registered; refuse one that it has forgotten."""
    for cls in vars(module).values():
        if not (isinstance(cls, type) and issubclass(cls, Strategy)):
            continue
        if cls.__module__ == module.__name__ and cls.type and cls.type not in REGISTRY:
            raise StrategyError(f"{path}: {cls.__name__} is not registered: put @register above")
    for key, cls in REGISTRY.items():
        if not (isinstance(cls, type) and issubclass(cls, Strategy) and cls.type == key):
            what = "is for subclasses of Strategy, by their type; use @register"
            raise StrategyError(f"{path}:1: REGISTRY {what}; got {shown(cls)}")
    own = [cls for cls in REGISTRY.values() if cls.__module__ == module.__name__]
    return [cls for cls in own if issubclass(cls, Strategy)]


def _complete(path: Path, content: bytes, cls: type[Strategy]) -> None:
    """Resolve the annotations of a strategy's fields."""
    try:
        cls.model_rebuild()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  annotations are expressions of the file
        line = _line_of(content, cls)
        what = "its fields cannot be used"
        raise StrategyError(f"{path}:{line}: {name_of(cls)}: {what}: {in_words(error)}") from None


def _line_of(content: bytes, cls: type) -> int:
    """Return the line of a class in a file; 1 where it is made in another way."""
    lines = [
        node.lineno
        for node in ast.walk(ast.parse(content))
        if isinstance(node, ast.ClassDef) and node.name == cls.__name__
    ]
    return max(lines, default=1)
