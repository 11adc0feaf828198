"""Control charts: limits, baselines and run rules of the textbooks, on arrays of counts."""
