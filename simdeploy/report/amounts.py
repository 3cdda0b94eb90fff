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


def count(n: float, noun: str) -> str:
    """Return a number with its noun in the right form: ``count(2, "task")`` is ``2 tasks``."""
    return f"{amount(n)} {noun}{'' if round(n) == 1 else 's'}"


def amount(n: float) -> str:
    """Return a count in at most four figures: ``1.44 M`` from a million on."""
    return f"{n / 1e6:.3g} M" if n >= 999_500 else f"{round(n):,}"


def words(name: str) -> str:
    """Return a name of the scenario file as words: ``slow registry``."""
    return name.replace("_", " ")
