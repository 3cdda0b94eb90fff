"""Questions for teaching: their answers, computed, and how a guess compares with them."""
