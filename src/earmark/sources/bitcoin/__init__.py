"""Bitcoin: every format hands over blocks (``stores``), one walk makes a chain of them (``walk``)."""
