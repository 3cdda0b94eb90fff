"""What AWS does, fact by fact: each has an id, which rules, tests and events name.

``FACTS`` maps ids to facts; ``table()`` formats all of them as Markdown, from which
docs/aws-behavior.md is made (``python -m simdeploy.aws_facts > docs/aws-behavior.md``).
"""

from simdeploy.aws_facts import alarms, load_balancer, rolling, shifting, tasks
from simdeploy.aws_facts.fact import Confidence, Fact
from simdeploy.aws_facts.not_modeled import NOT_MODELED

__all__ = ["FACTS", "NOT_MODELED", "Confidence", "Fact", "table"]

CHAPTERS: tuple[tuple[str, tuple[Fact, ...]], ...] = (
    ("ECS rolling deployments: the scheduler", rolling.SCHEDULER),
    ("ECS rolling deployments: circuit breaker, alarms, bake time", rolling.DETECTION),
    ("Tasks: life, start latency, cost", tasks.FACTS),
    ("Application Load Balancer: health checks", load_balancer.CHECKS),
    ("Application Load Balancer: routing and error codes", load_balancer.ROUTING),
    ("Application Load Balancer: draining", load_balancer.DRAINING),
    ("CodeDeploy blue/green, canary and linear", shifting.CODEDEPLOY),
    ("ECS-native blue/green, canary and linear", shifting.NATIVE),
    ("CloudWatch", alarms.FACTS),
)

FACTS: dict[str, Fact] = {fact.id: fact for _, chapter in CHAPTERS for fact in chapter}

_HEAD = """\
# How AWS behaves

What the simulator takes for true, one line per fact. Rules, tests and events name these ids
(`simdeploy run … --why`).

*documented*: the AWS page says so · *observed*: people saw it, and the link says who · *inferred*:
follows from the two · *unpublished*: nobody outside AWS knows, so the scenario file has a key for
it, or the line says what is assumed.

This file is made from `simdeploy/aws_facts`:
`python -m simdeploy.aws_facts > docs/aws-behavior.md`.
"""


def table() -> str:
    """Return every fact as Markdown, one table per chapter."""
    return "\n".join([_HEAD, *(_chapter(title, facts) for title, facts in CHAPTERS)])


def _chapter(title: str, facts: tuple[Fact, ...]) -> str:
    head = f"## {title}\n\n| id | what happens | confidence | source |\n|---|---|---|---|\n"
    return head + "".join(_row(fact) for fact in facts)


def _row(fact: Fact) -> str:
    word = "news" if "aws.amazon.com" in fact.seen else "seen"
    seen = f" · [{word}]({fact.seen})" if fact.seen else ""
    return f"| `{fact.id}` | {fact.text} | {fact.confidence} | [AWS]({fact.page}){seen} |\n"
