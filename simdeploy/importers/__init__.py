"""What other tools print, made into scenarios: `simdeploy.importers.aws`."""
