"""The result of ``check`` for machines: JSON, SARIF 2.1.0, GitHub's workflow commands."""

import json
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from simdeploy.checking.budget import Judged
from simdeploy.checking.finding import Finding
from simdeploy.checking.registry import rules_of
from simdeploy.checking.result import Check
from simdeploy.checking.rule import Rule
from simdeploy.report.checking import sentences

#: The rule id of a broken limit.
BUDGET = "budget"
SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
#: GitHub's word for a severity.
COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}
#: What a message of a workflow command, and a property of it, must not hold as it is.
IN_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
IN_PROPERTY = IN_DATA | {":": "%3A", ",": "%2C"}


def to_json(check: Check) -> str:
    """Return all numbers as JSON: no NaN, no infinity, no time of day."""
    answer = {"verdict": sentences.verdict(check), "kept": not check.broken}
    return json.dumps(check.to_dict() | answer, indent=2, ensure_ascii=False, allow_nan=False)


def to_sarif(check: Check) -> str:
    """Return a SARIF 2.1.0 log: a rule per finding of the registry, a result per finding."""
    from simdeploy import __version__  # noqa: PLC0415  reads the package's metadata

    rules = [_rule(rule) for rule in rules_of(check.scenario.platform).values()]
    rules.append({"id": BUDGET, "shortDescription": {"text": "A limit of the budget is broken."}})
    driver = {"name": "simdeploy", "version": __version__, "rules": rules}
    results = [_broken(judged) for judged in check.broken]
    results += [_result(finding) for finding in check.findings]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False, allow_nan=False)


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": f"{rule.title}."},
        "fullDescription": {"text": f"Condition: {rule.holds}. Change: {rule.mends}."},
        "defaultConfiguration": {"level": rule.severity},
    }


def _result(finding: Finding) -> dict[str, Any]:
    return {
        "ruleId": finding.id,
        "level": finding.severity,
        "message": {"text": message(finding)},
        "locations": [_location(*finding.place)],
        "partialFingerprints": {"finding/v1": f"{finding.id}:{','.join(finding.strategies)}"},
        "properties": {"change": list(finding.change), "strategies": list(finding.strategies)},
    }


def _broken(judged: Judged) -> dict[str, Any]:
    at = judged.limit
    print_of = f"{at.strategy}:{at.release}:{at.metric}:{at.statistic}"
    return {
        "ruleId": BUDGET,
        "level": "error",
        "message": {"text": sentences.limit_line(judged)},
        "locations": [_location(at.file, at.line)],
        "partialFingerprints": {"finding/v1": print_of},
    }


def _location(file: str, line: int, _path: str = "", address: str = "") -> dict[str, Any]:
    where: dict[str, Any] = {"artifactLocation": {"uri": uri(file)}}
    if line:
        where["region"] = {"startLine": line}
    if not address:
        return {"physicalLocation": where}
    named = [{"fullyQualifiedName": address}]
    return {"physicalLocation": where, "logicalLocations": named}


def uri(file: str) -> str:
    """Return a file's name as a URI reference, relative where the name is.

    >>> uri("a b/c#d.yaml"), uri("x:y.yaml")
    ('a%20b/c%23d.yaml', './x%3Ay.yaml')
    """
    path = PurePath(file)
    if path.is_absolute():
        return path.as_uri()
    text = quote(path.as_posix(), errors="replace")
    return f"./{text}" if "%3A" in text.partition("/")[0] else text


def message(finding: Finding) -> str:
    """Return a finding in one line: what is wrong, what it costs, what mends it."""
    address = finding.place.address
    parts = [f"{address}:" if address else "", sentences.why(finding)]
    parts += [sentences.consequence(finding), sentences.fix(finding), sentences.pasted(finding)]
    return sentences.printable(" ".join(part for part in parts if part))


def to_github(check: Check) -> str:
    """Return a workflow command per broken limit and per finding, then the answer."""
    commands = [*(_limit_command(judged) for judged in check.broken), *_commands(check)]
    return "\n".join([*commands, sentences.printable(sentences.verdict(check))])


def _commands(check: Check) -> Iterator[str]:
    for finding in check.findings:
        word, place = COMMANDS[finding.severity], finding.place
        yield command(word, place.file, place.line, finding.id, message(finding))


def _limit_command(judged: Judged) -> str:
    at = judged.limit
    return command("error", at.file, at.line, BUDGET, sentences.limit_line(judged))


def command(word: str, file: str, line: int, title: str, text: str) -> str:
    r"""Return a workflow command.

    >>> command("error", "a,b.yaml", 3, "x", "100 %\nof all")
    '::error file=a%2Cb.yaml,line=3,title=x::100 %25%0Aof all'
    """
    properties = {"file": file, "line": str(line) if line else "", "title": title}
    given = ",".join(f"{k}={_escaped(v, IN_PROPERTY)}" for k, v in properties.items() if v)
    return f"::{word} {given}::{_escaped(text, IN_DATA)}"


def _escaped(text: str, table: dict[str, str]) -> str:
    return sentences.printable("".join(table.get(sign, sign) for sign in text))
