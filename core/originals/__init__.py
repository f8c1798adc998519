"""Where the company's originals lie: a folder, or a bucket of an S3-compatible store. `core.files` uses
one."""
