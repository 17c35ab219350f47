-- The least id from which on transfers were posted at or after a moment, by bisection over the ids: no index on the time is needed, and
-- no scan. Ids and times are taken under the locks but not in one instant: across balances they may be out of step by as much as one
-- statement lasts, so whoever wants a range asks a minute earlier and later and looks at created_at.
CREATE OR REPLACE FUNCTION ledger.first_transfer_since(p_at timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE
SET search_path = ledger, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off
AS $$
DECLARE
  v_low bigint := 1;
  v_high bigint := coalesce((SELECT max(t.id) FROM ledger.transfers t), 0) + 1;
  v_middle bigint;
  v_at timestamptz;
BEGIN
  WHILE v_low < v_high LOOP
    v_middle := v_low + (v_high - v_low) / 2;
    -- The next id that is there: posts that rolled back have left gaps.
    SELECT t.created_at INTO v_at FROM ledger.transfers t WHERE t.id >= v_middle ORDER BY t.id LIMIT 1;
    IF v_at < p_at THEN v_low := v_middle + 1; ELSE v_high := v_middle; END IF;
  END LOOP;
  RETURN v_low;
END;
$$;
