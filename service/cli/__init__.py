"""The command line: one file per command, built and run in ``main``."""
