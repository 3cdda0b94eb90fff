"""CloudFormation templates: read with lines and short tags, and resolved as far as they say."""
