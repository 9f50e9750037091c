"""What `script/bench` measures: ratios of two ways to the same result, in one run."""
