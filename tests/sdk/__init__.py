"""The public Python SDK against a whole server, method by method."""
