"""Approved answers, and the questions that ask for one."""
