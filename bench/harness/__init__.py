"""Measures Aisle and its competitors in turn, and writes bench/results/*.json, bench/plots/*.png and
bench/REPORT.md."""
