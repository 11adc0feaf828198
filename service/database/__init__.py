"""The only place with SQL. SQLite and PostgreSQL, one code path.

Values are in ``records``. A transaction is ``with database.begin() as connection:`` (writes) or
``with database.read() as connection:``; every function takes that connection and a tenant.

    engine              open_database(url) -> Database(begin, read, close)
    migrate             migrate(database), is_current(database), current_revision(connection)
    ids                 time_ordered_id()
    transcripts         insert_many, replace_analysis, delete_transcript, delete_many
    transcript_queries  get, get_many, find, stream_month, stream_ids, count, count_by_month
    rollup              recompute_rollup, rollup_counts

Operational trouble (locked, full, unreachable) leaves a transaction as ``StorageError``; nothing of the
transaction is stored then.
"""
