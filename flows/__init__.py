"""The kernel: units, networks, balances, reconciliation, ledger; no clock, screen or language."""
