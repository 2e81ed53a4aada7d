"""Read-only views of a park's results: words in two languages, Sankey, page."""
