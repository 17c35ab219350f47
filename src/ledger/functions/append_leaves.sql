-- What the sequencer may do to the log, and nothing else may (docs/decisions/013). All run as the owner, the application has no other way.

-- The state, locked until the transaction ends; no row where another process holds it. `dead_below`: ids below it that are missing now
-- will never come. Asked before transfers are read, so that what had committed by then is seen by that reading.
CREATE OR REPLACE FUNCTION ledger.lock_log(OUT size bigint, OUT frontier bytea, OUT last_id bigint, OUT dead_below bigint)
RETURNS SETOF record LANGUAGE sql SECURITY DEFINER SET search_path = ledger, pg_temp
AS $$
  SELECT s.size, s.frontier, s.last_id, CASE WHEN pg_snapshot_xmin(pg_current_snapshot()) >= s.gap_bound THEN s.gap_below END
  FROM ledger.log_state s FOR UPDATE SKIP LOCKED;
$$;

-- Leaves, the subtrees they complete and the new state, in the transaction that holds the lock.
CREATE OR REPLACE FUNCTION ledger.append_leaves(
  p_size bigint, p_ids bigint[], p_hashes bytea, p_frontier bytea, p_level smallint[], p_index bigint[], p_root bytea[]
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_temp
AS $$
DECLARE
  v_count integer := cardinality(p_ids);
BEGIN
  UPDATE ledger.log_state s SET
    size = p_size + v_count, frontier = p_frontier, last_id = p_ids[v_count],
    gap_below = CASE WHEN s.gap_below > p_ids[v_count] THEN s.gap_below END,
    gap_bound = CASE WHEN s.gap_below > p_ids[v_count] THEN s.gap_bound END
  WHERE s.size = p_size AND s.last_id < p_ids[1];
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the log has not % leaves, or has the transfer % already', p_size, p_ids[1] USING ERRCODE = '40001';
  END IF;
  INSERT INTO ledger.leaves (first_index, count, first_id, last_id, transfer_ids, hashes)
  VALUES (p_size, v_count, p_ids[1], p_ids[v_count], p_ids, p_hashes);
  INSERT INTO ledger.subtree_roots (level, index, hash) SELECT * FROM unnest(p_level, p_index, p_root);
END;
$$;

-- Remembers that ids are missing below the highest one that is there: their posters are older than this transaction. Must be a
-- transaction of its own, as the bound holds only if its id is taken after the highest was seen.
CREATE OR REPLACE FUNCTION ledger.note_gap(p_missing bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_temp
AS $$
DECLARE
  v_highest bigint;
  v_bound xid8;
BEGIN
  IF pg_current_xact_id_if_assigned() IS NOT NULL THEN
    RAISE EXCEPTION 'note_gap needs a transaction of its own';
  END IF;
  SELECT max(id) INTO v_highest FROM ledger.transfers;
  v_bound := pg_current_xact_id();
  -- A bound that is waited for stays: to move it with every gap would wait for ever. One from another server's life (restored from
  -- a dump) lies ahead of all transactions here and is replaced.
  UPDATE ledger.log_state SET gap_below = v_highest, gap_bound = v_bound
  WHERE last_id < p_missing AND v_highest > p_missing AND (gap_below IS NULL OR gap_below <= p_missing OR gap_bound > v_bound);
END;
$$;
