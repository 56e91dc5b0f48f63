"""What happened: transactions, legs and what is said about them. Knows no other room of the house."""
