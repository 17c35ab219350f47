-- The slow path of post: weighs items one after the other, in order, on the locked balances, and refuses those that would pass a
-- limit. An accepted item counts for those behind it, a refused one does not.
CREATE OR REPLACE FUNCTION ledger.weigh(
  INOUT v_state smallint[], INOUT v_code text[], INOUT v_detail text[], INOUT v_short bigint[],
  v_id bigint[], v_bal bigint[], v_cod smallint[], v_flag smallint[], v_hold uuid[], v_left bigint[],
  p_kind smallint[], p_hold uuid[], p_hold_close bigint[],
  p_item integer[], p_balance bigint[], p_amount bigint[], p_floor bigint[], p_bucket timestamptz[]
)
LANGUAGE plpgsql
SET search_path = ledger, pg_temp
AS $$
DECLARE
  v_leg record;
  v_place integer;
  v_after bigint;
  v_limit bigint;
  v_bucket bigint;
BEGIN
  FOR i IN 1..cardinality(p_kind) LOOP
    CONTINUE WHEN v_state[i] <> 0;
    IF p_hold_close[i] IS NOT NULL THEN
      v_place := array_position(v_hold, p_hold[i]);
      IF v_place IS NULL OR v_left[v_place] < p_hold_close[i] THEN
        v_state[i] := 3; v_code[i] := 'hold_exhausted'; v_detail[i] := 'the hold does not have this much left';
        CONTINUE;
      END IF;
    END IF;
    FOR v_leg IN
      SELECT l.balance, l.amount, l.floor, l.bucket FROM unnest(p_item, p_balance, p_amount, p_floor, p_bucket) AS l(item, balance, amount, floor, bucket)
      WHERE l.item = i AND l.amount < 0
    LOOP
      v_place := array_position(v_id, v_leg.balance);
      v_after := v_bal[v_place] + v_leg.amount;
      v_limit := CASE WHEN v_cod[v_place] = 1 THEN NULL ELSE coalesce(v_leg.floor, 0) END;
      IF v_cod[v_place] = 4 AND (v_flag[v_place] & 1) = 1 AND p_kind[i] NOT IN (5, 6, 8) THEN
        v_state[i] := 3; v_code[i] := 'account_frozen'; v_detail[i] := 'the account is frozen';
      ELSIF v_after < v_limit THEN
        v_state[i] := 3; v_code[i] := 'insufficient_credits'; v_short[i] := v_limit - v_after;
        v_detail[i] := 'a debit of ' || -v_leg.amount || ' is ' || (v_limit - v_after) || ' more than the balance allows';
      ELSIF v_cod[v_place] = 6 AND v_leg.bucket IS NOT NULL THEN
        SELECT k.amount INTO v_bucket FROM ledger.buckets k JOIN ledger.balances b ON b.owner_id = k.owner_id
        WHERE b.id = v_leg.balance AND k.hour = v_leg.bucket;
        IF coalesce(v_bucket, 0) < -v_leg.amount THEN
          v_state[i] := 3; v_code[i] := 'bucket_exhausted'; v_detail[i] := 'the bucket holds ' || coalesce(v_bucket, 0);
        END IF;
      END IF;
      EXIT WHEN v_state[i] <> 0;
    END LOOP;
    CONTINUE WHEN v_state[i] <> 0;
    FOR v_leg IN SELECT l.balance, l.amount FROM unnest(p_item, p_balance, p_amount) AS l(item, balance, amount) WHERE l.item = i LOOP
      v_place := array_position(v_id, v_leg.balance);
      v_bal[v_place] := v_bal[v_place] + v_leg.amount;
    END LOOP;
    IF p_hold_close[i] IS NOT NULL THEN
      v_place := array_position(v_hold, p_hold[i]);
      v_left[v_place] := v_left[v_place] - p_hold_close[i];
    END IF;
  END LOOP;
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

-- An account's three balances; opening them again changes nothing.
CREATE OR REPLACE FUNCTION ledger.open_account(p_owner uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = ledger, pg_temp
AS $$
  INSERT INTO ledger.balances (owner_id, code) VALUES (p_owner, 4), (p_owner, 5), (p_owner, 6) ON CONFLICT DO NOTHING;
$$;
