"""Documents, their versions, watched folders and how long things are kept."""
