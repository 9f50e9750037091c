"""What the search box finds among units."""
