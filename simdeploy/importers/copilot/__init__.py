"""Copilot's manifests: one environment's values, and the AWS objects that Copilot makes of them."""
