"""The version of Shoko."""

VERSION = "0.1.0"
