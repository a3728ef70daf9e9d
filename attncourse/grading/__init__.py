"""From a notebook to a score."""
