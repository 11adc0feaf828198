"""Values that everything else is built on: errors, transcripts, months."""
