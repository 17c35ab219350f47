-- Locks up to p_limit ready rows from tag p_from on, lowest first, passing over rows another matcher holds. More
-- than p_per_lane of one lane are taken only where the other lanes leave room: a lane whose tasks nobody may take must not
-- hide the others.
CREATE OR REPLACE FUNCTION claim_ready(p_from bigint, p_limit integer, p_per_lane integer)
RETURNS TABLE (
  job_id uuid, lane_id uuid, tag bigint, ready_at timestamptz, open smallint, attempts smallint, participant_required boolean,
  version_id uuid, fuel_limit bigint, created_at timestamptz, input_bytes integer, memory_bytes integer, max_output_bytes integer,
  content_type smallint, own_nodes_only boolean, input_digest bytea, assurance text, placement jsonb
)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  v_jobs uuid[];
BEGIN
  SELECT array_agg(picked.job_id) INTO v_jobs
  FROM (
    SELECT w.job_id
    FROM (
      SELECT s.job_id, s.tag, row_number() OVER (PARTITION BY s.lane_id ORDER BY s.tag, s.job_id) AS place
      FROM (
        SELECT r.job_id, r.tag, r.lane_id FROM ready_tasks r WHERE r.tag >= p_from ORDER BY r.tag, r.job_id LIMIT p_limit * 2
      ) s
    ) w
    ORDER BY w.place > p_per_lane, w.tag, w.job_id
    LIMIT p_limit
  ) picked;

  RETURN QUERY
  WITH locked AS (
    SELECT r.* FROM ready_tasks r WHERE r.job_id = ANY (v_jobs) FOR UPDATE SKIP LOCKED
  )
  SELECT l.job_id, l.lane_id, l.tag, l.ready_at, l.open, l.attempts, l.participant_required,
    j.version_id, j.fuel_limit, j.created_at, j.input_bytes, j.memory_bytes, j.max_output_bytes,
    j.content_type, j.own_nodes_only, j.input_digest, j.assurance, j.placement
  FROM locked l JOIN jobs j ON j.id = l.job_id
  ORDER BY l.tag, l.job_id;
END;
$$;
