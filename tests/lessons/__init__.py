"""What tests ask of a lesson as it stands on the page: its numbers, its clocks, its copies."""
