"""Loading a user's Python file, whose strategies it registers (``--load``)."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, ModuleType

from simdeploy.errors import StrategyError
from simdeploy.strategies.base import REGISTRY, Strategy
from simdeploy.strategies.planning import in_words, line_in


def load_file(path: Path) -> None:
    """Execute a file; afterwards scenarios may name the strategies that it registers.

    Raises
    ------
    StrategyError
        With file and line, if it cannot be read, fails, or leaves a strategy unregistered.
    """
    code = _compiled(path)
    module = ModuleType(f"simdeploy user file {path.resolve()}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module
    with _all_or_nothing():
        try:
            exec(code, vars(module))  # noqa: S102  that is what --load asks for
        except (Exception, SystemExit) as error:  # noqa: BLE001  the file is not ours
            line = line_in(str(path), error.__traceback__)
            raise StrategyError(f"{path}:{line}: {in_words(error)}") from None
        _refuse_unregistered(path, module)


def _compiled(path: Path) -> CodeType:
    """Return a file's compiled code; nothing is written beside it."""
    try:
        return compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
    except OSError as error:
        raise StrategyError(f"{path}: cannot be read: {error.strerror or error}") from None
    except SyntaxError as error:
        place = f"{path}:{error.lineno}" if error.lineno else str(path)
        raise StrategyError(f"{place}: {error.msg}") from None
    except ValueError as error:
        raise StrategyError(f"{path}: is no Python file: {error}") from None


@contextmanager
def _all_or_nothing() -> Iterator[None]:
    """Restore the registry if a file fails after it has registered something."""
    before = dict(REGISTRY)
    try:
        yield
    except StrategyError:
        REGISTRY.clear()
        REGISTRY.update(before)
        raise


def _refuse_unregistered(path: Path, module: ModuleType) -> None:
    """Refuse a strategy with a type that is not registered: its decorator was forgotten."""
    for cls in vars(module).values():
        if not (isinstance(cls, type) and issubclass(cls, Strategy)):
            continue
        if cls.__module__ == module.__name__ and cls.type and cls.type not in REGISTRY:
            raise StrategyError(f"{path}: {cls.__name__} is not registered: put @register above")
