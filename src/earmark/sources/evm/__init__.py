"""Ethereum and the chains that work like it: movements from nodes, data sets and exports."""
