"""The two faces of the terminal: plain commands and the full-screen application."""
