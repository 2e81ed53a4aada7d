"""Results as tables for people, on a line, in rows and in columns."""
