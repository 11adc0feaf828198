"""Files of any usual kind into rows, and rows into transcripts. Everything is streamed."""
