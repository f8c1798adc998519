"""The sample document library: invented documents of an invented company, and questions on them."""
