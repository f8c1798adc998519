"""Measurements on this machine; `make bench` runs them and writes docs/benchmarks.md."""
