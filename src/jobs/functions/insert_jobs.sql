-- Inserts a set of jobs with their inputs, their open rows and their ready rows: one statement each, whatever their number.
CREATE OR REPLACE FUNCTION insert_jobs(
  p_id uuid[], p_account uuid[], p_version uuid[], p_batch uuid[], p_hold uuid[], p_part bigint[],
  p_fuel_limit bigint[], p_created timestamptz[], p_deadline timestamptz[], p_memory integer[], p_max_output integer[],
  p_rate smallint[], p_content_type smallint[], p_own boolean[], p_digest bytea[], p_input bytea[], p_assurance text[],
  p_placement jsonb[], p_tag bigint[]
) RETURNS void
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off
AS $$
BEGIN
  INSERT INTO open_jobs (job_id, account_id, hold_id, hold_part, tag, deadline_at)
  SELECT * FROM unnest(p_id, p_account, p_hold, p_part, p_tag, p_deadline);

  INSERT INTO ready_tasks (job_id, lane_id, tag, ready_at, open, attempts, participant_required)
  SELECT id, account, tag, created, 1, 0, false FROM unnest(p_id, p_account, p_tag, p_created) AS item(id, account, tag, created);

  INSERT INTO jobs (id, account_id, version_id, batch_id, hold_micro, fuel_limit, created_at, deadline_at, input_bytes,
    memory_bytes, max_output_bytes, rate_hundredths, content_type, own_nodes_only, input_digest, assurance, placement)
  SELECT id, account, version, batch, part, fuel_limit, created, deadline, octet_length(input),
    memory, max_output, rate, content_type, own, digest, assurance, placement
  FROM unnest(p_id, p_account, p_version, p_batch, p_part, p_fuel_limit, p_created, p_deadline, p_input, p_memory, p_max_output,
    p_rate, p_content_type, p_own, p_digest, p_assurance, p_placement)
    AS item(id, account, version, batch, part, fuel_limit, created, deadline, input, memory, max_output,
    rate, content_type, own, digest, assurance, placement);

  INSERT INTO job_payloads (job_id, digest, bytes) SELECT * FROM unnest(p_id, p_digest, p_input);
END;
$$;
