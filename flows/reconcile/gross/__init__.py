"""Gross errors: tests, evidence over days, a budget of false alarms, figures that repeat."""
