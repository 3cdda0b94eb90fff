"""A tuning as table, sentences, picture and exports."""
