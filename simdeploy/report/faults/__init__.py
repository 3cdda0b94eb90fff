"""The answer to many faults: verdict, matrix, what the rows mean."""
