"""The only room with a network: questions to servers, and their replies kept as evidence."""
