-- Locks the open rows of these jobs, sorted by id (every transition of a job starts here), then reads their facts. Leases are
-- counted in a statement after the lock, so that what the lock waited for is seen.
CREATE OR REPLACE FUNCTION lock_open_jobs(p_job uuid[])
RETURNS TABLE (
  job_id uuid, account_id uuid, hold_id uuid, hold_part bigint, referee_asked_at timestamptz, version_id uuid, batch_id uuid,
  assurance text, rate_hundredths smallint, fuel_limit bigint, memory_bytes integer, max_output_bytes integer,
  content_type smallint, input_bytes integer, input_digest bytea, own_nodes_only boolean, created_at timestamptz,
  deadline_at timestamptz, open_leases integer, ready_open integer, ready_for_ms integer
)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
#variable_conflict use_column
BEGIN
  PERFORM 1 FROM open_jobs o WHERE o.job_id = ANY (p_job) ORDER BY o.job_id FOR UPDATE;
  RETURN QUERY
  SELECT o.job_id, o.account_id, o.hold_id, o.hold_part, o.referee_asked_at, j.version_id, j.batch_id, j.assurance,
    j.rate_hundredths, j.fuel_limit, j.memory_bytes, j.max_output_bytes, j.content_type, j.input_bytes, j.input_digest,
    j.own_nodes_only, j.created_at, j.deadline_at,
    (SELECT count(*)::integer FROM leases l WHERE l.job_id = o.job_id),
    coalesce((SELECT r.open::integer FROM ready_tasks r WHERE r.job_id = o.job_id), 0),
    (SELECT (extract(epoch FROM clock_timestamp() - r.ready_at) * 1000)::integer FROM ready_tasks r WHERE r.job_id = o.job_id)
  FROM open_jobs o JOIN jobs j ON j.id = o.job_id
  WHERE o.job_id = ANY (p_job)
  ORDER BY o.job_id;
END;
$$;
