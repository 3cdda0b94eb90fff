"""Services without a name of their own: ecspresso's definitions, and updates of a service.

ecspresso keeps the service's name in its own file (ecspresso.yml), and fills in what stands in
double braces. ``update-service`` gives only what changes; AWS keeps the present value of the rest.
"""

import re
from collections.abc import Sequence
from typing import Any

from simdeploy.errors import ImportShapeError
from simdeploy.importers.adapted import Adapted, Open
from simdeploy.importers.fields import Fields
from simdeploy.importers.options import Options
from simdeploy.importers.reading import Document
from simdeploy.importers.shapes import SERVICE, Part
from simdeploy.importers.styles.style import Style, keys

#: Keys of a service, of which its definition has at least two.
OF_SERVICE = frozenset({
    "deploymentConfiguration", "desiredCount", "loadBalancers", "schedulingStrategy",
    "networkConfiguration", "launchType",
})  # fmt: skip
#: Keys of ecspresso's own file that name the definitions.
OF_CONFIG = ("service_definition", "task_definition")
TEMPLATE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
KEPT = "not in this update; AWS keeps the present value"
#: What an update may leave out, of the service and of its deploymentConfiguration.
KEPT_KEYS = ("desiredCount", "taskDefinition", "loadBalancers", "healthCheckGracePeriodSeconds",
             "deploymentConfiguration")  # fmt: skip
KEPT_IN_DEPLOYMENT = ("minimumHealthyPercent", "maximumPercent", "bakeTimeInMinutes",
                      "deploymentCircuitBreaker", "alarms")  # fmt: skip


def recognizes(document: Document) -> bool:
    """Return whether a document is a service without a name, an update, or ecspresso's file."""
    there = keys(document)
    if "serviceName" in there or "containerDefinitions" in there:
        return False
    if is_config(document) or len(OF_SERVICE & there) > 1:
        return True
    return is_update(document) and bool(OF_SERVICE & there or "taskDefinition" in there)


def is_config(document: Document) -> bool:
    """Return whether a document is ecspresso's own file, which names the definitions."""
    return "service" in keys(document) and any(key in keys(document) for key in OF_CONFIG)


def is_update(document: Document) -> bool:
    """Return whether a document is what ``update-service`` takes."""
    return "service" in keys(document) and isinstance(document.data["service"], str)


def parts(documents: Sequence[Document], _options: Options) -> list[Part]:
    """Return the services of all documents.

    Raises
    ------
    ImportShapeError
        If there is ecspresso's own file alone.
    """
    configs = [document for document in documents if is_config(document)]
    services = [document for document in documents if not is_config(document)]
    if not services:
        data = configs[0].data
        named = [str(data[key])[:60] for key in OF_CONFIG if data.get(key)]
        why = f"names the definitions only; import them with it: {', '.join(named)}"
        raise ImportShapeError(configs[0].file, why)
    return [Part(SERVICE, _service(document, configs)) for document in services]


def _service(document: Document, configs: Sequence[Document]) -> Fields:
    content = _filled(document.data, document, ())
    places = {key: document.place((key,)) for key in content}
    if is_update(document):
        content["serviceName"] = _last(content["service"])
        places["serviceName"] = places["service"]
        content = _kept(content, document)
    elif configs:
        config = configs[0]
        content["serviceName"] = _filled(config.data["service"], config, ("service",))
        places["serviceName"] = config.place(("service",))
    return Fields(document, (), Adapted(content, document.place(), places))


def _last(name: str | Open) -> str | Open:
    """Return the name at the end of a service's ARN."""
    return name if isinstance(name, Open) else name.rsplit("/", 1)[-1]


def _kept(content: dict[str, Any], document: Document) -> dict[str, Any]:
    """Mark what an update leaves out."""
    kept = Open(KEPT, document.file)
    deployment = content.get("deploymentConfiguration")
    if isinstance(deployment, dict):
        inner = {**dict.fromkeys(KEPT_IN_DEPLOYMENT, kept), **deployment}
        content = {**content, "deploymentConfiguration": inner}
    return {**dict.fromkeys(KEPT_KEYS, kept), **content}


def _filled(value: Any, document: Document, path: tuple[str | int, ...]) -> Any:
    """Return a value in which what ecspresso fills in is open."""
    if isinstance(value, dict):
        return {key: _filled(inner, document, (*path, key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, document, (*path, i)) for i, inner in enumerate(value)]
    match = TEMPLATE.search(value) if isinstance(value, str) else None
    if match is None:
        return value
    what = " ".join(match[1].split())[:80]
    return Open(f"{what} is filled in by ecspresso", document.place(path))


STYLE = Style(
    "ecspresso",
    recognizes,
    parts=parts,
    nameless="ecspresso keeps the name in ecspresso.yml",
)
