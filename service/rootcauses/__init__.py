"""Root causes of stored transcripts: found month by month, kept in the ledger, edited by analysts."""
