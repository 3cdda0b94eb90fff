"""A tuning as table, sentences, picture, JSON, CSV, Markdown and HTML."""
