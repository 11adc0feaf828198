"""Transcripts into the database: masked, analysed, stored once."""
