"""One run as a story, and as JSON, CSV and Markdown."""
