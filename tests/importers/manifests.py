"""Manifests of Kubernetes and Argo Rollouts, imported for a test."""

from simdeploy.importers.aws import import_files
from simdeploy.importers.options import Options
from simdeploy.scenario import load_scenario_text


def imported(folder, text, name="web.yaml", **options):
    """Return what is imported of a text."""
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return import_files([file], Options(**options))


def scenario_of(found):
    """Return the scenario that was made."""
    return load_scenario_text(found.text)


def said(found):
    """Return everything that was said beside the scenario, as one text."""
    return "\n".join(map(str, found.assumptions))
