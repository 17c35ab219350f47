-- Turns ready rows (locked by the caller) into leases and takes them off the queue. p_open is what stays open of each job
-- afterwards: 0 deletes its row. Also moves V on. Answers the inputs that the leases carry.
CREATE OR REPLACE FUNCTION write_leases(
  p_job uuid[], p_owner uuid[], p_node uuid[], p_lease uuid[], p_token uuid[], p_request text[], p_lease_ms integer[],
  p_price bigint[], p_log_odds integer[], p_purpose smallint[], p_alone boolean[], p_newcomer boolean[], p_range text[],
  p_open smallint[], p_participant_required boolean[], p_review_ms integer, p_tag bigint
) RETURNS TABLE (job_id uuid, input bytea)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  v_now timestamptz := clock_timestamp();
BEGIN
  INSERT INTO leases (job_id, owner_id, node_id, lease_id, token, leased_at, expires_at, price_micro, log_odds_micro, lease_ms,
    n, purpose, alone, newcomer, request_id, address_range)
  SELECT i.job, i.owner, i.node, i.lease, i.token, v_now, v_now + i.lease_ms * interval '1 millisecond', i.price, i.log_odds,
    i.lease_ms, r.attempts + 1, i.purpose, i.alone, i.newcomer, i.request, i.range
  FROM unnest(p_job, p_owner, p_node, p_lease, p_token, p_request, p_lease_ms, p_price, p_log_odds, p_purpose, p_alone,
    p_newcomer, p_range) AS i(job, owner, node, lease, token, request, lease_ms, price, log_odds, purpose, alone, newcomer, range)
  JOIN ready_tasks r ON r.job_id = i.job;

  DELETE FROM ready_tasks r USING unnest(p_job, p_open) AS i(job, open) WHERE r.job_id = i.job AND i.open = 0;

  UPDATE ready_tasks r SET open = i.open, attempts = r.attempts + 1, ready_at = v_now,
    participant_required = r.participant_required OR i.participant_required
  FROM unnest(p_job, p_open, p_participant_required) AS i(job, open, participant_required)
  WHERE r.job_id = i.job AND i.open > 0;

  INSERT INTO reviews (job_id, due_at)
  SELECT i.job, v_now + p_review_ms * interval '1 millisecond' FROM unnest(p_job, p_open) AS i(job, open) WHERE i.open > 0
  ON CONFLICT DO NOTHING;

  UPDATE virtual_time SET tag = p_tag WHERE id = 1 AND tag < p_tag;

  RETURN QUERY
  SELECT p.job_id, p.bytes FROM unnest(p_job) AS i(job)
  JOIN jobs j ON j.id = i.job JOIN job_payloads p ON p.job_id = j.id AND p.digest = j.input_digest;
END;
$$;
