"""Several layers at once: amounts times contents, and shares with a sigma."""
