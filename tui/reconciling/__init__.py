"""Reconciliations as commands and screens ask for them: period, days, draws, carried layers."""
