"""What customers lived through in a month: journey, survey items, promises, leaving, indicators, the monthly form."""
