"""The filters of the lists of projects, one module per list."""
