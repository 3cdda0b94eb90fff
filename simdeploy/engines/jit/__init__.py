"""The compiler machinery: rewritten sources, their cache folder, and how state is passed."""
