"""Reports: built from the ledger, written, listed and opened."""
