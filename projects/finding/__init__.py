"""What the search box finds among projects."""
