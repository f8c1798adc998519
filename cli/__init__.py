"""The command line: each command speaks HTTP to the server that holds the data folder, if there is one."""
