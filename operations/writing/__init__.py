"""Which chat models may write by themselves on this machine."""
