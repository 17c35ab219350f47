-- The slow path of post: weighs items one after the other, in order, on the locked balances, and refuses those that would pass a
-- limit. An accepted item counts for those behind it, a refused one does not, so that a set ends as its items posted singly would.
DROP FUNCTION IF EXISTS ledger.weigh(
  smallint[], text[], text[], bigint[], bigint[], bigint[], smallint[], smallint[], uuid[], bigint[], smallint[], uuid[], bigint[],
  integer[], bigint[], bigint[], bigint[], timestamptz[]
);
DROP FUNCTION IF EXISTS ledger.weigh(
  smallint[], text[], text[], bigint[], integer[], bigint[], smallint[], smallint[], uuid[], uuid[], bigint[], smallint[], bytea[], uuid[],
  bigint[], bigint[], integer[], integer[], bigint[], bigint[], timestamptz[], timestamptz
);
CREATE OR REPLACE FUNCTION ledger.weigh(
  INOUT v_state smallint[], INOUT v_code text[], INOUT v_detail text[], INOUT v_short bigint[], INOUT v_first integer[],
  v_bal bigint[], v_cod smallint[], v_flag smallint[], v_owner uuid[], v_hold uuid[], v_left bigint[],
  v_payer uuid[], v_holder uuid[], p_kind smallint[], p_hash bytea[], p_reverses bigint[], p_hold uuid[], p_hold_open bigint[], p_hold_close bigint[],
  p_item integer[], p_at integer[], p_amount bigint[], p_floor bigint[], p_bucket timestamptz[], p_hour timestamptz
)
LANGUAGE plpgsql
SET search_path = ledger, pg_temp
AS $$
DECLARE
  -- Of the first item with a key: the item that was accepted with it.
  v_bearer integer[] := array_fill(NULL::integer, ARRAY[cardinality(p_kind)]);
  v_key integer;
  v_from integer;
  v_leg integer := 1;
  v_place integer;
  v_after numeric;
  v_limit bigint;
  v_found bigint;
  -- Buckets matter only where one is named; else the balance says it all.
  v_named boolean := num_nonnulls(VARIADIC p_bucket) > 0;
  v_loaded integer[] := '{}';
  v_bucket_at integer[] := '{}';
  v_bucket_hour timestamptz[] := '{}';
  v_bucket_left bigint[] := '{}';
  v_row record;
  v_take bigint;
  -- What the accepted items reverse.
  v_undone bigint[] := '{}';
BEGIN
  FOR i IN 1..cardinality(p_kind) LOOP
    v_from := v_leg;
    WHILE p_item[v_leg] = i LOOP v_leg := v_leg + 1; END LOOP;
    CONTINUE WHEN v_state[i] NOT IN (0, 4);
    v_key := coalesce(v_first[i], i);
    IF v_bearer[v_key] IS NOT NULL THEN
      IF p_hash[i] = p_hash[v_bearer[v_key]] THEN
        v_state[i] := 4; v_first[i] := v_bearer[v_key];
      ELSE
        v_state[i] := 3; v_code[i] := 'key_conflict'; v_detail[i] := 'this key stands twice in the set, with different content';
      END IF;
      CONTINUE;
    END IF;
    v_state[i] := 0;

    IF p_reverses[i] = ANY (v_undone) THEN
      v_state[i] := 3; v_code[i] := 'not_reversible'; v_detail[i] := 'an earlier item of the set reverses the same transfer';
      CONTINUE;
    END IF;
    v_place := array_position(v_hold, p_hold[i]);
    IF p_hold_close[i] IS NOT NULL AND v_left[v_place] > 0 AND v_payer[v_place] <> v_holder[i] THEN
      v_state[i] := 3; v_code[i] := 'hold_mismatch'; v_detail[i] := 'the hold is another account’s';
    ELSIF p_hold_open[i] IS NOT NULL AND v_place IS NOT NULL THEN
      v_state[i] := 3; v_code[i] := 'hold_mismatch'; v_detail[i] := 'a hold with this id is open already';
    ELSIF p_hold_close[i] IS NOT NULL AND (v_place IS NULL OR v_left[v_place] < p_hold_close[i]) THEN
      v_state[i] := 3; v_code[i] := 'hold_exhausted'; v_detail[i] := 'the hold does not have this much left';
    END IF;
    CONTINUE WHEN v_state[i] <> 0;

    FOR l IN v_from..v_leg - 1 LOOP
      v_place := p_at[l];
      v_after := v_bal[v_place]::numeric + p_amount[l];
      IF v_after NOT BETWEEN -9223372036854775808 AND 9223372036854775807 THEN
        v_state[i] := 3; v_code[i] := 'overflow'; v_detail[i] := 'a balance would not fit 64 bits';
      ELSIF p_amount[l] < 0 THEN
        v_limit := CASE v_cod[v_place] WHEN 1 THEN NULL WHEN 4 THEN coalesce(p_floor[l], 0) ELSE 0 END;
        IF (v_flag[v_place] & 1) = 1 AND p_kind[i] NOT IN (5, 6, 8) THEN
          v_state[i] := 3; v_code[i] := 'account_frozen'; v_detail[i] := 'the account is frozen';
        ELSIF v_after < v_limit THEN
          v_state[i] := 3; v_code[i] := 'insufficient_credits'; v_short[i] := v_limit - v_after;
          v_detail[i] := 'a debit of ' || -p_amount[l] || ' is ' || (v_limit - v_after) || ' more than the balance allows';
        END IF;
      END IF;
      IF v_named AND v_cod[v_place] = 6 AND NOT v_place = ANY (v_loaded) THEN
        v_loaded := v_loaded || v_place;
        FOR v_row IN SELECT k.hour, k.amount FROM ledger.buckets k WHERE k.owner_id = v_owner[v_place] ORDER BY k.hour LOOP
          v_bucket_at := v_bucket_at || v_place; v_bucket_hour := v_bucket_hour || v_row.hour; v_bucket_left := v_bucket_left || v_row.amount;
        END LOOP;
      END IF;
      IF v_state[i] = 0 AND p_amount[l] < 0 AND p_bucket[l] IS NOT NULL THEN
        SELECT coalesce(sum(k.amount), 0) INTO v_found FROM unnest(v_bucket_at, v_bucket_hour, v_bucket_left) AS k(place, hour, amount)
        WHERE k.place = v_place AND k.hour = p_bucket[l];
        IF v_found < -p_amount[l] THEN
          v_state[i] := 3; v_code[i] := 'bucket_exhausted'; v_detail[i] := 'the bucket holds ' || v_found;
        END IF;
      END IF;
      EXIT WHEN v_state[i] <> 0;
    END LOOP;
    CONTINUE WHEN v_state[i] <> 0;

    v_bearer[v_key] := i;
    IF p_reverses[i] IS NOT NULL THEN v_undone := v_undone || p_reverses[i]; END IF;
    FOR l IN v_from..v_leg - 1 LOOP
      v_place := p_at[l];
      v_bal[v_place] := v_bal[v_place] + p_amount[l];
      CONTINUE WHEN NOT v_named OR v_cod[v_place] <> 6;
      IF p_amount[l] > 0 THEN
        v_bucket_at := v_bucket_at || v_place; v_bucket_hour := v_bucket_hour || p_hour; v_bucket_left := v_bucket_left || p_amount[l];
        CONTINUE;
      END IF;
      v_take := -p_amount[l];
      FOR k IN 1..cardinality(v_bucket_at) LOOP
        EXIT WHEN v_take = 0;
        CONTINUE WHEN v_bucket_at[k] <> v_place OR (p_bucket[l] IS NOT NULL AND v_bucket_hour[k] <> p_bucket[l]);
        v_found := least(v_take, v_bucket_left[k]);
        v_bucket_left[k] := v_bucket_left[k] - v_found;
        v_take := v_take - v_found;
      END LOOP;
    END LOOP;
    IF p_hold_open[i] IS NOT NULL THEN
      v_hold := v_hold || p_hold[i]; v_left := v_left || p_hold_open[i]; v_payer := v_payer || v_holder[i];
    ELSIF p_hold_close[i] IS NOT NULL THEN
      v_place := array_position(v_hold, p_hold[i]);
      v_left[v_place] := v_left[v_place] - p_hold_close[i];
    END IF;
  END LOOP;
  IF v_leg <= cardinality(p_item) THEN
    RAISE EXCEPTION 'the legs are not in the order of their items';
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

-- An account's three balances; opening them again changes nothing.
CREATE OR REPLACE FUNCTION ledger.open_account(p_owner uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = ledger, pg_temp
AS $$
  INSERT INTO ledger.balances (owner_id, code) VALUES (p_owner, 4), (p_owner, 5), (p_owner, 6) ON CONFLICT DO NOTHING;
$$;
