"""When users begin and cease to be hurt in one run, read off its state."""

from dataclasses import dataclass, replace

from simdeploy.report.states import held
from simdeploy.report.story.folding import GAP
from simdeploy.results.timeline import Event, Timeline

#: Least share of arrivals that must fail, or be slow, to be told.
TOLD = 0.01
FAIL, SLOW = "fail", "are slow"


@dataclass(frozen=True, slots=True)
class Spell:
    """A stretch of harm: its first, highest and last share of arrivals, and how they are hurt."""

    start: float
    end: float
    share: float
    peak: float
    last: float
    how: str

    def near(self, t: float) -> bool:
        """Return whether a moment lies in the stretch, or right before or after it."""
        return self.start - GAP <= t <= self.end + GAP


def harm(timeline: Timeline) -> list[Event]:
    """Return when users begin and cease to be hurt.

    Pauses of under ``GAP`` seconds do not count. Where requests fail nobody asks for the slow ones
    among the rest, so a slow spell begins and ends silently in a failing one.
    """
    rows = held(timeline)
    failing = _spells([(r[0], end, r[2] / r[1] if r[1] else 0.0) for r, end in rows], FAIL)
    slow = _spells([(r[0], end, r[3]) for r, end in rows], SLOW)
    events = [event for spell in failing for event in _told(spell, timeline.horizon)]
    alone = [spell for spell in slow if not _near(spell.start, failing)]
    ends = [event for spell in alone for event in _told(spell, timeline.horizon)]
    return events + [e for e in ends if e.kind == "users_hurt" or not _near(e.t, failing)]


def _near(t: float, spells: list[Spell]) -> bool:
    return any(one.near(t) for one in spells)


def _spells(shares: list[tuple[float, float, float]], how: str) -> list[Spell]:
    """Join the stretches of harm to spells."""
    spells: list[Spell] = []
    for start, end, share in shares:
        if share < TOLD:
            continue
        if spells and start - spells[-1].end < GAP:
            peak = max(spells[-1].peak, share)
            spells[-1] = replace(spells[-1], end=end, peak=peak, last=share)
        else:
            spells.append(Spell(start, end, share, share, share, how))
    return spells


def _told(spell: Spell, horizon: float) -> list[Event]:
    hurt = {"share": spell.share, "peak": spell.peak, "last": spell.last, "how": spell.how}
    events = [Event(spell.start, "users_hurt", data={**hurt, "lasts": spell.end >= horizon})]
    if spell.end < horizon:
        well = {"how": spell.how, "lasted": spell.end - spell.start}
        events.append(Event(spell.end, "users_well", data=well))
    return events
