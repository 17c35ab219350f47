-- Makes jobs final: the outcome is inserted with the deletion of the open row (locked by the caller), so that a second end of
-- the same job finds nothing. Leases still out stay until they report or lapse: they return free.
CREATE OR REPLACE FUNCTION finish_jobs(
  p_job uuid[], p_status smallint[], p_outcome smallint[], p_executions smallint[], p_referee boolean[], p_self boolean[],
  p_credibility integer[], p_fuel bigint[], p_unit bigint[], p_charged bigint[], p_started timestamptz[],
  p_run_ended timestamptz[], p_digest bytea[], p_error text[]
) RETURNS integer
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
DECLARE
  v_finished integer;
BEGIN
  DELETE FROM open_jobs WHERE job_id = ANY (p_job);
  GET DIAGNOSTICS v_finished = ROW_COUNT;
  IF v_finished <> cardinality(p_job) THEN
    RAISE EXCEPTION 'a job ended twice: % of % were open', v_finished, cardinality(p_job) USING ERRCODE = 'P0001';
  END IF;
  DELETE FROM ready_tasks WHERE job_id = ANY (p_job);

  INSERT INTO job_outcomes (job_id, revision, status, outcome, executions, referee, self_executed, credibility_ppm, fuel,
    unit_micro, charged_micro, started_at, run_ended_at, finished_at, output_digest, error_kind)
  SELECT job, 1, status, outcome, executions, referee, self, credibility, fuel, unit, charged, started, run_ended,
    clock_timestamp(), digest, error
  FROM unnest(p_job, p_status, p_outcome, p_executions, p_referee, p_self, p_credibility, p_fuel, p_unit, p_charged, p_started,
    p_run_ended, p_digest, p_error)
    AS i(job, status, outcome, executions, referee, self, credibility, fuel, unit, charged, started, run_ended, digest, error);
  RETURN v_finished;
END;
$$;
