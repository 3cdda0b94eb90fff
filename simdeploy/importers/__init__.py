"""Readers of other tools' files, which return scenarios: `simdeploy.importers.aws`."""
