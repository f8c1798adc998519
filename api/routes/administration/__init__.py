"""The log, jobs, models, reports and usage: for administrators."""
