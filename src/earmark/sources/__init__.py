"""Bytes to transactions, observations and statements; one module per format. Never opens a socket."""
