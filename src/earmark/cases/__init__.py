"""The case folder: its settings, its build, its custody log."""
