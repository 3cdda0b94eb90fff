"""The recommendation in words: sentences, tables, exports, pictures."""
