"""Commands by who uses them; each module only registers, and loads what it needs when it runs."""
