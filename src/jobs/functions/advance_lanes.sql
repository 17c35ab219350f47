-- Start-time fair queueing: each lane starts at max(V, its finish) and is moved on by the cost of its new jobs.
-- Answers each lane's start. Rows are touched in account order (the lock order of the system).
CREATE OR REPLACE FUNCTION advance_lanes(p_account uuid[], p_cost bigint[])
RETURNS TABLE (account_id uuid, start bigint)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH item AS (SELECT account, cost FROM unnest(p_account, p_cost) AS item(account, cost) ORDER BY account),
  now AS (SELECT tag FROM virtual_time WHERE id = 1),
  moved AS (
    INSERT INTO lanes AS lane (account_id, finish)
    SELECT item.account, now.tag + item.cost FROM item, now ORDER BY item.account
    ON CONFLICT (account_id) DO UPDATE
      SET finish = greatest(lane.finish, (SELECT tag FROM now)) + (SELECT cost FROM item WHERE item.account = lane.account_id)
    RETURNING lane.account_id, lane.finish
  )
  SELECT moved.account_id, moved.finish - item.cost FROM moved JOIN item ON item.account = moved.account_id;
END;
$$;
