"""Why something happened: the AWS fact behind an event, in one sentence, with its page."""

from typing import NamedTuple


class Why(NamedTuple):
    """One fact: its id, one sentence, the AWS page and how sure it is."""

    id: str
    sentence: str
    page: str
    confidence: str


def why(rule: str) -> Why | None:
    """Return the fact of an id of docs/aws-behavior.md, or None where there is none."""
    from simdeploy.aws_facts import FACTS  # noqa: PLC0415  only --why pays for the list

    fact = FACTS.get(rule)
    if fact is None:
        return None
    return Why(rule, fact.title, fact.page, fact.confidence)


def because(rule: str, *, again: bool = False) -> str:
    """Return one line for ``--why``; a rule that was told before is only named."""
    fact = why(rule)
    if fact is None:
        return f"rule {rule}"
    if again:
        return f"{rule}, as above"
    return f"{fact.sentence} [{rule}, {fact.confidence}] {fact.page}".rstrip()
