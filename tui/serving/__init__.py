"""The terminal application in a browser: who comes in, and the process behind a window."""
