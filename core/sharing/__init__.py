"""What keeps several processes right over one PostgreSQL: who is there, who leads, whose turn it is to write
the index, what changed elsewhere. On SQLite there is one process, and each of these is trivial."""
