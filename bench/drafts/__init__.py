"""Drafts from briefs: is every sentence sourced, every fact there, every total right."""
