"""Every rule, compiled, gives the bits that it gives as plain Python."""

import importlib
import inspect
import math
import pkgutil
import random
import typing
from collections.abc import Callable

import pytest

from simdeploy import semantics
from simdeploy.engines.jit.loading import compiled, load_compiled

TRIES = 200

#: Values of arguments that not every number of their type suits, by argument, or by function too.
ARGUMENTS: dict[str, Callable[[random.Random], object]] = {
    "window": lambda generator: generator.randrange(1024),
    "of": lambda generator: generator.randint(1, 10),
    "period": lambda generator: generator.choice([1.0, 10.0, 60.0, generator.uniform(1, 300)]),
    "crash_at": lambda generator: generator.choice([math.inf, generator.uniform(0, 100)]),
    "never": lambda _: math.inf,
    "k": lambda generator: generator.randint(-31, 31),
    "u": lambda generator: generator.choice([2.0**-33, 1 - 2.0**-33, generator.random()]),
    "exp.x": lambda generator: generator.choice([1, 30, 700, 800]) * generator.uniform(-1, 1),
    "log.x": lambda generator: 2.0 ** generator.uniform(-1074, 1023),
    "quantile_center.q": lambda generator: generator.uniform(-0.425, 0.425),
    "quantile_tail.r": lambda generator: generator.uniform(1.6, 5),
    "quantile_far_tail.r": lambda generator: generator.uniform(5, 27),
    "left_to_pull.factor": lambda generator: generator.uniform(0.01, 100),
    "poisson_few.mean": lambda generator: generator.uniform(0, 16),
}

#: Values of all other arguments, by their type; small ones, so that bounds are met.
TYPES: dict[type, Callable[[random.Random], object]] = {
    bool: lambda generator: generator.random() < 0.5,
    int: lambda generator: generator.choice([0, 1, 2, generator.randint(-3, 12)]),
    float: lambda generator: generator.choice(
        [0.0, 0.5, 1.0, 60.0, generator.random(), generator.uniform(-10, 1000)]
    ),
}


def modules():
    """Return the modules of rules."""
    names = [info.name for info in pkgutil.iter_modules(semantics.__path__)]
    return [importlib.import_module(f"{semantics.__name__}.{name}") for name in names]


def rules():
    """Return every public function of every module of rules, to be run once each."""
    return [
        pytest.param(function, id=f"{module.__name__.rpartition('.')[2]}.{name}")
        for module in modules()
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    ]


def value(generator, kind, *names):
    """Return a random value for an argument: by its name, or else by its type."""
    for name in names:
        if name in ARGUMENTS:
            return ARGUMENTS[name](generator)
    if hasattr(kind, "_fields"):
        hints = typing.get_type_hints(kind)
        return kind(*(value(generator, hints[field], field) for field in kind._fields))
    return TYPES[kind](generator)


def arguments(generator, function):
    """Return random arguments of a function, derived from its annotations."""
    hints = typing.get_type_hints(function)
    return [
        value(generator, hints[name], f"{function.__name__}.{name}", name)
        for name in inspect.signature(function).parameters
    ]


def bits(result):
    """Return the bits of a result; numbers compare by value across types, NaN equals NaN."""
    if isinstance(result, tuple):
        return tuple(bits(part) for part in result)
    return result if result is None else float(result).hex()


@pytest.mark.parametrize("rule", rules())
def test_a_compiled_rule_has_the_same_bits(rule):
    """Compiled and plain Python code return the same bits."""
    twin = compiled(rule)
    generator = random.Random(rule.__name__)
    for _ in range(TRIES):
        given = arguments(generator, rule)
        assert bits(twin(*given)) == bits(rule(*given)), given


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.__name__)
def test_a_twin_shares_classes_and_constants(module):
    """What is no function is the same in the twin, classes being the very same objects."""
    twin = load_compiled(module.__name__)
    for name, plain in vars(module).items():
        if isinstance(plain, type):
            assert getattr(twin, name) is plain
        elif isinstance(plain, (bool, int, float, str)) and not name.startswith("__"):
            assert repr(getattr(twin, name)) == repr(plain)
