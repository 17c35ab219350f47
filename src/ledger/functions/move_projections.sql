-- What post does to the projections beside the balances: open holds, and the buckets of stake.

-- Opens and closes holds as the accepted items say; a hold of which nothing remains is gone, the transfers are its history.
CREATE OR REPLACE FUNCTION ledger.move_holds(
  p_holds uuid[], p_hold_at integer[], p_open bigint[], p_close bigint[], p_alarm timestamptz[], p_reference uuid[], p_transfer bigint[],
  p_state smallint[], p_payer uuid[]
) RETURNS void
LANGUAGE plpgsql
SET search_path = ledger, pg_temp
AS $$
DECLARE
  v_opened integer;
BEGIN
  IF num_nonnulls(VARIADIC p_open) > 0 THEN
    INSERT INTO ledger.holds (id, payer, amount, remaining, reference, opened_by, alarm_at)
    SELECT p_holds[h.at], h.payer, h.amount, h.amount, h.reference, h.transfer, h.alarm
    FROM unnest(p_hold_at, p_open, p_alarm, p_reference, p_transfer, p_state, p_payer) AS h(at, amount, alarm, reference, transfer, state, payer)
    WHERE h.amount IS NOT NULL AND h.state = 1
    ORDER BY h.at
    ON CONFLICT (id) DO NOTHING;
    GET DIAGNOSTICS v_opened = ROW_COUNT;
    IF v_opened <> (SELECT count(*) FROM unnest(p_open, p_state) AS h(amount, state) WHERE h.amount IS NOT NULL AND h.state = 1) THEN
      -- Another account's hold with this id committed meanwhile: the retry finds it.
      RAISE EXCEPTION 'a hold was opened twice at the same time' USING ERRCODE = '40001';
    END IF;
  END IF;
  IF num_nonnulls(VARIADIC p_close) > 0 THEN
    WITH closed AS (
      SELECT p_holds[h.at] AS id, sum(h.part)::bigint AS part FROM unnest(p_hold_at, p_close, p_state) AS h(at, part, state)
      WHERE h.part IS NOT NULL AND h.state = 1 GROUP BY h.at
    ), ended AS (
      DELETE FROM ledger.holds o USING closed c WHERE o.id = c.id AND o.remaining = c.part
    )
    UPDATE ledger.holds o SET remaining = o.remaining - c.part FROM closed c WHERE o.id = c.id AND o.remaining <> c.part;
  END IF;
END;
$$;

-- Stake that comes goes into the bucket of its hour; stake that goes is drawn.
CREATE OR REPLACE FUNCTION ledger.move_buckets(
  p_cod smallint[], p_owner uuid[], p_at integer[], p_amount bigint[], p_bucket timestamptz[], p_leg_seq bigint[], p_hour timestamptz
) RETURNS void
LANGUAGE plpgsql
SET search_path = ledger, pg_temp
AS $$
DECLARE
  v_place integer;
  v_draws boolean := false;
  v_owner uuid[] := '{}';
  v_amount bigint[] := '{}';
BEGIN
  FOR l IN 1..cardinality(p_at) LOOP
    v_place := p_at[l];
    CONTINUE WHEN p_cod[v_place] <> 6 OR p_leg_seq[l] IS NULL;
    IF p_amount[l] < 0 THEN
      v_draws := true;
    ELSE
      v_owner := v_owner || p_owner[v_place];
      v_amount := v_amount || p_amount[l];
    END IF;
  END LOOP;
  IF v_owner <> '{}' THEN
    INSERT INTO ledger.buckets AS k (owner_id, hour, amount)
    SELECT c.owner, p_hour, sum(c.amount)::bigint FROM unnest(v_owner, v_amount) AS c(owner, amount) GROUP BY c.owner ORDER BY c.owner
    ON CONFLICT (owner_id, hour) DO UPDATE SET amount = k.amount + excluded.amount;
  END IF;
  IF v_draws THEN
    FOR l IN 1..cardinality(p_at) LOOP
      v_place := p_at[l];
      IF p_cod[v_place] = 6 AND p_amount[l] < 0 AND p_leg_seq[l] IS NOT NULL THEN
        PERFORM ledger.draw_buckets(p_owner[v_place], -p_amount[l], p_bucket[l]);
      END IF;
    END LOOP;
  END IF;
END;
$$;

-- Takes stake out of the account's buckets: out of the one that is named, else out of the oldest first.
CREATE OR REPLACE FUNCTION ledger.draw_buckets(p_owner uuid, p_amount bigint, p_bucket timestamptz) RETURNS void
LANGUAGE plpgsql
SET search_path = ledger, pg_temp
AS $$
DECLARE
  v_left bigint := p_amount;
  v_row record;
BEGIN
  FOR v_row IN
    SELECT k.hour, k.amount FROM ledger.buckets k
    WHERE k.owner_id = p_owner AND (p_bucket IS NULL OR k.hour = p_bucket) ORDER BY k.hour FOR UPDATE
  LOOP
    EXIT WHEN v_left = 0;
    IF v_row.amount <= v_left THEN
      DELETE FROM ledger.buckets WHERE owner_id = p_owner AND hour = v_row.hour;
      v_left := v_left - v_row.amount;
    ELSE
      UPDATE ledger.buckets SET amount = amount - v_left WHERE owner_id = p_owner AND hour = v_row.hour;
      v_left := 0;
    END IF;
  END LOOP;
  IF v_left <> 0 THEN
    RAISE EXCEPTION 'the buckets of % hold % too little', p_owner, v_left USING ERRCODE = '23514', CONSTRAINT = 'buckets_sum_to_stake';
  END IF;
END;
$$;
