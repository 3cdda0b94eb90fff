"""Services without a name of their own: ecspresso's definitions, and updates of a service."""

from collections.abc import Sequence

from simdeploy.importers.adapted import Adapted
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


def recognizes(document: Document) -> bool:
    """Return whether a document is a service without a name, or an update of a service."""
    there = keys(document)
    if "serviceName" in there or "containerDefinitions" in there:
        return False
    return len(OF_SERVICE & there) > 1 or (is_update(document) and bool(OF_SERVICE & there))


def is_update(document: Document) -> bool:
    """Return whether a document is what ``update-service`` takes."""
    return "service" in keys(document) and isinstance(document.data["service"], str)


def parts(documents: Sequence[Document], _options: Options) -> list[Part]:
    """Return the services of all documents."""
    return [Part(SERVICE, _service(document)) for document in documents]


def _service(document: Document) -> Fields:
    content = dict(document.data)
    places = {key: document.place((key,)) for key in content}
    if is_update(document):
        content["serviceName"] = content["service"]
        places["serviceName"] = places["service"]
    return Fields(document, (), Adapted(content, document.place(), places))


STYLE = Style("ecspresso", recognizes, parts=parts)
