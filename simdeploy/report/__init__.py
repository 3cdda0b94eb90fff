"""What people see of runs: words, tables, plots, exports."""
