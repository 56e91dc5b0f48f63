"""Who ended up with what, under a rule that courts know by name."""
