"""Ways out of the portal: each channel sends one delivery or says why not, and whether trying again helps."""
