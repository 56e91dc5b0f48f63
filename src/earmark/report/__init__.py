"""The dossier and everything that is handed over with it."""
