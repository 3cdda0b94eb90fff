"""A comparison as a table in the terminal, as JSON, CSV, Markdown and HTML."""
