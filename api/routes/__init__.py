"""One file for each noun of the HTTP API. No file imports another."""
