"""The filters of the lists of units, one module per list."""
