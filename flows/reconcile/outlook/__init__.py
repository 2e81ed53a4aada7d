"""What an answer leaves open: draws from it, and where a further meter would tell most."""
