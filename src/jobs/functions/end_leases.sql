-- Ends leases without a word from the guest (21 expired, 22 returned). Each leaves a row in results; the job, where it is still
-- open, is to be reviewed at once. Locks in the system's order: open jobs sorted, then leases.
CREATE OR REPLACE FUNCTION end_leases(p_job uuid[], p_owner uuid[], p_token uuid[], p_ended smallint)
RETURNS TABLE (job_id uuid, node_id uuid, lease_id uuid, job_open boolean)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  v_now timestamptz;
BEGIN
  PERFORM 1 FROM open_jobs o WHERE o.job_id = ANY (p_job) ORDER BY o.job_id FOR UPDATE;
  v_now := clock_timestamp();
  RETURN QUERY
  WITH gone AS (
    DELETE FROM leases l USING unnest(p_job, p_owner, p_token) AS i(job, owner, token)
    WHERE l.job_id = i.job AND l.owner_id = i.owner AND l.token = i.token
    RETURNING l.*
  ),
  written AS (
    INSERT INTO results (job_id, owner_id, node_id, lease_id, token, leased_at, ended_at, log_odds_micro, n, ended, newcomer,
      alone, address_range)
    SELECT g.job_id, g.owner_id, g.node_id, g.lease_id, g.token, g.leased_at, v_now, g.log_odds_micro, g.n, p_ended, g.newcomer,
      g.alone, g.address_range
    FROM gone g
    RETURNING 1
  ),
  reviewed AS (
    INSERT INTO reviews (job_id, due_at) SELECT g.job_id, v_now FROM gone g JOIN open_jobs o ON o.job_id = g.job_id
    ON CONFLICT DO NOTHING
    RETURNING 1
  )
  SELECT g.job_id, g.node_id, g.lease_id, o.job_id IS NOT NULL FROM gone g LEFT JOIN open_jobs o ON o.job_id = g.job_id;
END;
$$;
