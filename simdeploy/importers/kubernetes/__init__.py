"""Deployments of Kubernetes, read with the Services and autoscalers beside them."""
