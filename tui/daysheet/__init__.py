"""The day's sheet without a screen: what is due, what a key does, how it reads, what is kept."""
