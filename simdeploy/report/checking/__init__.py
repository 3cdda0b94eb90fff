"""The result of ``check`` as text, JSON, SARIF, GitHub's workflow commands, Markdown and HTML."""
