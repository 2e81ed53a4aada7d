"""Widgets of our own for the terminal application."""
