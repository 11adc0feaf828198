"""The running service: HTTP, command line, database, jobs, reviews."""
