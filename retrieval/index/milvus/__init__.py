"""Both retrievers on Milvus: on a server of it, or on its embedded edition in a folder."""
