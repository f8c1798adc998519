"""Checks, rule packs, templates and drafts."""
