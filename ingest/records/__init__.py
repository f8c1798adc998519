"""What stands in the records of documents and of the work on them, as far as the asker may read it."""
