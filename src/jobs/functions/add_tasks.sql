-- Opens one more task for each of the jobs (whose open rows the caller has locked); the tag is inherited, so that a retry keeps
-- its place. A review is due where no eligible owner takes it in time.
CREATE OR REPLACE FUNCTION add_tasks(p_job uuid[], p_participant_required boolean[], p_review_ms integer) RETURNS void
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
DECLARE
  v_now timestamptz := clock_timestamp();
BEGIN
  INSERT INTO ready_tasks AS ready (job_id, lane_id, tag, ready_at, open, attempts, participant_required)
  SELECT o.job_id, o.account_id, o.tag, v_now, 1,
    (SELECT count(*) FROM results r WHERE r.job_id = o.job_id AND r.node_id IS NOT NULL)
      + (SELECT count(*) FROM leases l WHERE l.job_id = o.job_id),
    i.participant_required
  FROM unnest(p_job, p_participant_required) AS i(job, participant_required) JOIN open_jobs o ON o.job_id = i.job
  ORDER BY o.job_id
  ON CONFLICT (job_id) DO UPDATE SET participant_required = excluded.participant_required, ready_at = excluded.ready_at;

  INSERT INTO reviews (job_id, due_at) SELECT job, v_now + p_review_ms * interval '1 millisecond' FROM unnest(p_job) AS i(job)
  ON CONFLICT DO NOTHING;
END;
$$;
