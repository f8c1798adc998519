"""The records that every floor needs: settings, tables, access, accounts, audit, jobs, files."""
