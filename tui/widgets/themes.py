"""Themes: light, dark, and one in colors that every eye tells apart."""

from __future__ import annotations

from textual.theme import Theme

#: The first is the default. Blue and orange of the safe one are those of Okabe and Ito (2008).
THEMES = (
    Theme(
        "parkflow-dark", primary="#4f9d8b", secondary="#7aa2c9", accent="#e0b050",
        warning="#e0b050", error="#e06c6c", success="#7fbf7f", foreground="#d8dee2",
        background="#15191c", surface="#1b2024", panel="#262d32", dark=True,
    ),
    Theme(
        "parkflow-light", primary="#1f6f5f", secondary="#2f5f8f", accent="#8a5a00",
        warning="#8a5a00", error="#a02020", success="#206020", foreground="#1b1f22",
        background="#fbfbf8", surface="#f2f2ee", panel="#e2e4df", dark=False,
    ),
    Theme(
        "parkflow-safe", primary="#56b4e9", secondary="#56b4e9", accent="#e69f00",
        warning="#e69f00", error="#d55e00", success="#56b4e9", foreground="#f0f0f0",
        background="#101010", surface="#1a1a1a", panel="#2a2a2a", dark=True,
    ),
)  # fmt: skip
