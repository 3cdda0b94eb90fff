"""Scenario files: reading, checking, writing."""

from simdeploy.scenario.gallery import builtin_scenarios
from simdeploy.scenario.loading import load_scenario, load_scenario_text
from simdeploy.scenario.model import Scenario
from simdeploy.scenario.writing import dump_scenario, dump_yaml, json_schema

__all__ = [
    "Scenario",
    "builtin_scenarios",
    "dump_scenario",
    "dump_yaml",
    "json_schema",
    "load_scenario",
    "load_scenario_text",
]
