"""Pure functions from data to SVG text: the same picture on the page, in print and in a test."""
