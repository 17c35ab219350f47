-- Writes down what reports say. A result is accepted iff its lease row still carries the token: no clocks are compared.
-- Locks in the system's order (open jobs sorted, then leases). For each item answers what became of it:
--   recorded: the lease ended with this result · open: the job still waits for its verdict
--   known_ended: how the task had ended before, where it had (a repeat, or a lapsed lease) · known_reported: by a report
CREATE OR REPLACE FUNCTION record_results(
  p_job uuid[], p_owner uuid[], p_token uuid[], p_lease uuid[], p_node uuid[], p_ended smallint[], p_digest bytea[],
  p_fuel bigint[], p_run_ms integer[], p_output bytea[], p_report uuid[], p_leaf smallint[]
) RETURNS TABLE (item integer, recorded boolean, open boolean, known_ended smallint, known_reported boolean, leased_at timestamptz, ended_at timestamptz)
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
  WITH item AS (
    SELECT ord::integer, job, owner, token, lease, node, ended, digest, fuel, run_ms, output, report, leaf
    FROM unnest(p_job, p_owner, p_token, p_lease, p_node, p_ended, p_digest, p_fuel, p_run_ms, p_output, p_report, p_leaf)
      WITH ORDINALITY AS i(job, owner, token, lease, node, ended, digest, fuel, run_ms, output, report, leaf, ord)
  ),
  gone AS (
    DELETE FROM leases l USING item i
    WHERE l.job_id = i.job AND l.owner_id = i.owner AND l.token = i.token AND l.node_id = i.node AND l.lease_id = i.lease
    RETURNING i.ord, l.job_id, l.owner_id, l.leased_at, l.n, l.alone, l.newcomer, l.log_odds_micro,
      l.address_range
  ),
  written AS (
    INSERT INTO results (job_id, owner_id, node_id, lease_id, token, report_id, leased_at, ended_at, fuel, log_odds_micro, run_ms,
      output_bytes, leaf, n, ended, newcomer, alone, output_digest, address_range)
    SELECT g.job_id, g.owner_id, i.node, i.lease, i.token, i.report, g.leased_at, v_now, i.fuel, g.log_odds_micro, i.run_ms,
      octet_length(i.output), i.leaf, g.n, i.ended, g.newcomer, g.alone, i.digest, g.address_range
    FROM gone g JOIN item i ON i.ord = g.ord
    RETURNING 1
  ),
  paid_out AS (
    INSERT INTO job_payloads (job_id, digest, bytes)
    SELECT g.job_id, i.digest, i.output FROM gone g JOIN item i ON i.ord = g.ord WHERE i.output IS NOT NULL
    ON CONFLICT DO NOTHING
    RETURNING 1
  )
  SELECT i.ord, g.ord IS NOT NULL, o.job_id IS NOT NULL, k.ended, k.report_id IS NOT NULL, g.leased_at, v_now
  FROM item i
  LEFT JOIN gone g ON g.ord = i.ord
  LEFT JOIN open_jobs o ON o.job_id = i.job
  LEFT JOIN results k ON k.job_id = i.job AND k.owner_id = i.owner AND k.token = i.token AND k.lease_id = i.lease AND k.node_id = i.node
  ORDER BY i.ord;
END;
$$;
