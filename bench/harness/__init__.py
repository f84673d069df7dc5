"""Measures Aisle and its rivals in turn, and writes bench/results/*.json, bench/plots/*.png and bench/REPORT.md."""
