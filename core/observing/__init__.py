"""What an operator sees from outside: figures and log lines, without a word of any document or question."""
