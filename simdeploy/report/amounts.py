"""Numbers in words: clock times, spans and counts of one run, told exactly."""


def clock(t: float) -> str:
    """Return seconds as hours:minutes:seconds: ``clock(380)`` is ``00:06:20``."""
    whole = int(t)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def span(seconds: float) -> str:
    """Return a length of time in words: ``span(130)`` is ``2 min 10 s``."""
    whole = round(seconds)
    if whole < 1:
        return f"{seconds:.1f} s" if seconds else "0 s"
    parts = ((whole // 3600, "h"), (whole // 60 % 60, "min"), (whole % 60, "s"))
    return " ".join(f"{n} {unit}" for n, unit in parts if n)


def since(start: float, end: float) -> str:
    """Return the time between two moments as their clocks tell it.

    >>> since(0.4, 99.9), since(9.7, 10.2)
    ('1 min 39 s', '0.5 s')
    """
    return span(int(end) - int(start) if end - start >= 1 else end - start)


def count(n: float, noun: str) -> str:
    """Return a number with its noun in the right form: ``count(2, "task")`` is ``2 tasks``."""
    return f"{amount(n)} {noun}{'' if round(n) == 1 else 's'}"


def amount(n: float) -> str:
    """Return a count of things; from a million on in hundredths of one: ``1.44 M``."""
    return f"{n / 1e6:.2f} M" if n >= 999_500 else f"{round(n):,}"


def words(name: str) -> str:
    """Return a name of the scenario file as words: ``slow registry``."""
    return name.replace("_", " ")
