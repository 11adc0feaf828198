"""What analysts say of transcripts: their corrections, what to ask them next, and rows to train on."""
