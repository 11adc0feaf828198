"""The only place with SQL. SQLite and PostgreSQL, one code path.

Values are in ``records``. A transaction is ``with database.begin() as connection:`` (writes) or
``with database.read() as connection:``; every function takes that connection and a tenant.

    engine              open_database(url) -> Database(begin, read, close)
    migrate             migrate(database), is_current(database), current_revision(connection)
    ids                 time_ordered_id()
    transcripts         insert_many, replace_analysis, delete_transcript, delete_many
    transcript_queries  get, get_many, find, stream_month, stream_ids, count, count_by_month
    trends              series
    rollup              recompute_rollup, rollup_counts
    reviews             save_review, get_review, list_reviews
    root_causes         save_month, list_month, list_base_month, list_causes, get_cause, list_cause_months,
                        list_assignments
    ownership           which cause a clause counts for since analysts' edits
    ledger              hold_ledger, list_events, append_edit, append_events
    labels              analysts' labels, appended; the newest one counts
    shadows             where two versions of a model differ
    api_keys            create_key, find_key, list_keys, has_keys, revoke_key, touch_key, needs_touch
    idempotency         begin_request, finish_request, release_request, purge_requests
    jobs                create_job, get_job, list_jobs, start_job, report_progress, finish_job, fail_job,
                        cancel_job, requeue_job, beat, silent_workers, take_over
    search              search_tokens (what the index is fed)

Operational trouble (locked, full, unreachable) leaves a transaction as ``StorageError``; nothing of the
transaction is stored then.
"""
