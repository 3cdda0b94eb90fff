"""The verdict paragraph of a comparison, sentence by sentence."""
