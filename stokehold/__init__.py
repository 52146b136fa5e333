"""Stokehold: an open, self-hosted platform for batch computation."""

__version__ = "0.1.0"
