"""Balances, chains and neighbors without a screen: what is asked, and how it reads."""
