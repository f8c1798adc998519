"""Checks that are run: on files and on whole spaces, their reports and their fixes."""
