-- The judge of post: weighs items one after the other, in order, on the locked balances. An accepted item counts for those behind it, a
-- refused one does not. It reads (buckets, what a reversal undoes) and writes nothing. Loops over arrays, because for a handful of
-- legs they cost less than one more statement would.
DROP FUNCTION IF EXISTS ledger.weigh(
  smallint[], text[], text[], bigint[], bigint[], bigint[], smallint[], smallint[], uuid[], bigint[], smallint[], uuid[], bigint[],
  integer[], bigint[], bigint[], bigint[], timestamptz[]
);
DROP FUNCTION IF EXISTS ledger.weigh(
  smallint[], text[], text[], bigint[], integer[], bigint[], smallint[], smallint[], uuid[], uuid[], bigint[],
  smallint[], bytea[], uuid[], bigint[], bigint[], integer[], integer[], bigint[], bigint[], timestamptz[], timestamptz
);

DROP FUNCTION IF EXISTS ledger.kind_masks();

-- Why a reversal may not be: it undoes one transfer whole, once, and never a settle. Null: it may.
CREATE OR REPLACE FUNCTION ledger.irreversible(p_reverses bigint, p_balances bigint[], p_amounts bigint[]) RETURNS text
LANGUAGE sql STABLE
SET search_path = ledger, pg_temp
AS $$
  SELECT CASE
    WHEN p_reverses IS NULL OR NOT EXISTS (SELECT 1 FROM ledger.transfers t WHERE t.id = p_reverses) THEN 'there is no such transfer to reverse'
    WHEN EXISTS (SELECT 1 FROM ledger.transfers t WHERE t.id = p_reverses AND t.kind = 5) THEN 'a settle is never reversed'
    WHEN EXISTS (SELECT 1 FROM ledger.transfers t WHERE t.reverses = p_reverses) THEN 'it was reversed already'
    WHEN EXISTS (
      SELECT 1 FROM (
        SELECT e.balance_id AS balance, e.amount FROM ledger.entries e WHERE e.transfer_id = p_reverses
        UNION ALL
        SELECT l.balance, l.amount FROM unnest(p_balances, p_amounts) AS l(balance, amount)
      ) both_sides GROUP BY balance HAVING sum(amount) <> 0
    ) THEN 'the legs do not undo it whole'
  END;
$$;

CREATE OR REPLACE FUNCTION ledger.weigh(
  p_kind smallint[], p_hash bytea[], p_first integer[], p_reverses bigint[], p_hold_at integer[], p_hold_open bigint[], p_hold_close bigint[],
  p_balances bigint[], p_item integer[], p_at integer[], p_amount bigint[], p_floor bigint[], p_bucket timestamptz[],
  p_cod smallint[], p_flag smallint[], p_owner uuid[], p_hold_place integer[], p_hold_left bigint[], p_hold_payer uuid[],
  p_known integer[], p_known_id bigint[], p_known_hash bytea[], p_hour timestamptz,
  INOUT v_bal bigint[], INOUT v_seq bigint[],
  -- Of each item: 1 accepted, 2 duplicate, 3 refused; the item of this set that has its key, where it is another.
  OUT v_state smallint[], OUT v_transfer bigint[], OUT v_bearer integer[], OUT v_code text[], OUT v_detail text[], OUT v_short bigint[],
  -- Of each leg of an accepted item.
  OUT v_after bigint[], OUT v_leg_seq bigint[], OUT v_leg smallint[],
  -- Whose held an item moves.
  OUT v_holders uuid[],
  OUT v_accepted integer
)
LANGUAGE plpgsql STABLE
SET search_path = ledger, pg_temp
AS $$
DECLARE
  -- Which balances each kind may debit and credit, as bits by balance code: from ledger.kind_rules.
  v_debits integer[];
  v_credits integer[];
  v_known integer[];
  v_left bigint[];
  v_payer uuid[];
  -- Of the first item with a key: the item that was accepted with it.
  v_has integer[] := array_fill(NULL::integer, ARRAY[cardinality(p_kind)]);
  -- Buckets matter only where one is named; else the balance says it all.
  v_named boolean := num_nonnulls(VARIADIC p_bucket) > 0;
  v_loaded integer[] := '{}';
  v_bucket_at integer[] := '{}';
  v_bucket_hour timestamptz[] := '{}';
  v_bucket_left bigint[] := '{}';
  v_row record;
  v_take bigint;
  v_key integer;
  v_from integer;
  v_next integer := 1;
  v_place integer;
  v_hold integer;
  v_kind smallint;
  v_cd smallint;
  v_amount bigint;
  v_sum numeric;
  v_held bigint;
  v_holder uuid;
  v_new numeric;
  v_limit bigint;
  v_found bigint;
  v_why text;
  v_words text;
BEGIN
  v_state := array_fill(3::smallint, ARRAY[cardinality(p_kind)]);
  v_transfer := array_fill(NULL::bigint, ARRAY[cardinality(p_kind)]);
  v_bearer := array_fill(NULL::integer, ARRAY[cardinality(p_kind)]);
  v_code := array_fill(NULL::text, ARRAY[cardinality(p_kind)]);
  v_detail := array_fill(NULL::text, ARRAY[cardinality(p_kind)]);
  v_short := array_fill(NULL::bigint, ARRAY[cardinality(p_kind)]);
  v_after := array_fill(NULL::bigint, ARRAY[cardinality(p_item)]);
  v_leg_seq := array_fill(NULL::bigint, ARRAY[cardinality(p_item)]);
  v_leg := array_fill(NULL::smallint, ARRAY[cardinality(p_item)]);
  v_holders := array_fill(NULL::uuid, ARRAY[cardinality(p_kind)]);
  v_accepted := 0;
  SELECT array_agg(m.debits ORDER BY m.kind), array_agg(m.credits ORDER BY m.kind) INTO v_debits, v_credits
  FROM (
    SELECT r.kind, coalesce(bit_or(1 << r.code) FILTER (WHERE r.sign = -1), 0) AS debits,
      coalesce(bit_or(1 << r.code) FILTER (WHERE r.sign = 1), 0) AS credits
    FROM ledger.kind_rules r GROUP BY r.kind
  ) m;
  IF p_known IS NOT NULL THEN
    v_known := array_fill(NULL::integer, ARRAY[cardinality(p_kind)]);
    FOR k IN 1..cardinality(p_known) LOOP v_known[p_known[k]] := k; END LOOP;
  END IF;
  IF p_hold_place IS NOT NULL THEN
    FOR k IN 1..cardinality(p_hold_place) LOOP
      v_left[p_hold_place[k]] := p_hold_left[k];
      v_payer[p_hold_place[k]] := p_hold_payer[k];
    END LOOP;
  END IF;

  FOR i IN 1..cardinality(p_kind) LOOP
    v_kind := p_kind[i];
    v_from := v_next;
    WHILE p_item[v_next] = i LOOP v_next := v_next + 1; END LOOP;
    v_why := NULL;

    -- A key that is known, or that an earlier item of this set was accepted with.
    v_found := v_known[i];
    IF v_found IS NOT NULL THEN
      IF substring(p_known_hash[v_found] FOR 16) = p_hash[i] THEN
        v_state[i] := 2; v_transfer[i] := p_known_id[v_found];
      ELSE
        v_code[i] := 'key_conflict'; v_detail[i] := 'this key was posted with another content';
      END IF;
      CONTINUE;
    END IF;
    v_key := coalesce(p_first[i], i);
    IF v_has[v_key] IS NOT NULL THEN
      IF p_hash[i] = p_hash[v_has[v_key]] THEN
        v_state[i] := 2; v_bearer[i] := v_has[v_key];
      ELSE
        v_code[i] := 'key_conflict'; v_detail[i] := 'this key stands twice in the set, with different content';
      END IF;
      CONTINUE;
    END IF;

    -- What is wrong by itself: nothing moves, the sum, the kind between these balances.
    IF v_from = v_next THEN
      v_code[i] := 'empty'; v_detail[i] := 'no leg moves anything';
      CONTINUE;
    END IF;
    v_sum := 0;
    v_held := 0;
    v_holder := NULL;
    FOR l IN v_from..v_next - 1 LOOP
      v_amount := p_amount[l];
      v_place := p_at[l];
      v_cd := p_cod[v_place];
      v_sum := v_sum + v_amount;
      IF ((CASE WHEN v_amount < 0 THEN v_debits[v_kind] ELSE v_credits[v_kind] END >> v_cd) & 1) IS DISTINCT FROM 1 THEN
        v_why := 'kind_not_allowed'; v_words := 'this kind does not go between these balances';
      END IF;
      IF v_cd = 5 THEN
        v_held := CASE WHEN v_holder IS NULL THEN v_amount END;
        v_holder := p_owner[v_place];
      END IF;
    END LOOP;
    IF v_sum <> 0 THEN
      v_why := 'unbalanced'; v_words := 'the legs sum to ' || v_sum;
    END IF;
    -- A hold opens and closes with what held takes and gives, of one account: its own payer's.
    v_hold := p_hold_at[i];
    IF v_why IS NULL AND (v_hold IS NOT NULL OR v_held IS DISTINCT FROM 0) THEN
      IF v_hold IS NULL OR num_nonnulls(p_hold_open[i], p_hold_close[i]) <> 1 OR v_payer[v_hold] <> v_holder
        OR v_held IS DISTINCT FROM coalesce(p_hold_open[i], -p_hold_close[i])
      THEN
        v_why := 'hold_mismatch'; v_words := 'the hold does not move what held moves';
      END IF;
    END IF;
    IF v_why IS NULL AND (v_kind = 13 OR p_reverses[i] IS NOT NULL) THEN
      v_words := CASE
        WHEN v_kind <> 13 THEN 'only a reversal reverses'
        WHEN EXISTS (SELECT 1 FROM unnest(p_reverses, v_state) AS r(id, state) WHERE r.id = p_reverses[i] AND r.state = 1) THEN 'it was reversed already'
        ELSE ledger.irreversible(p_reverses[i], ARRAY(SELECT p_balances[a] FROM unnest(p_at[v_from:v_next - 1]) AS a), p_amount[v_from:v_next - 1])
      END;
      IF v_words IS NOT NULL THEN v_why := 'not_reversible'; END IF;
    END IF;
    IF v_why IS NULL AND v_hold IS NOT NULL THEN
      IF p_hold_open[i] IS NOT NULL AND v_left[v_hold] IS NOT NULL THEN
        v_why := 'hold_mismatch'; v_words := 'a hold with this id is open already';
      ELSIF p_hold_close[i] IS NOT NULL AND (v_left[v_hold] IS NULL OR v_left[v_hold] < p_hold_close[i]) THEN
        v_why := 'hold_exhausted'; v_words := 'the hold does not have this much left';
      END IF;
    END IF;
    IF v_why IS NOT NULL THEN
      v_code[i] := v_why; v_detail[i] := v_words;
      CONTINUE;
    END IF;

    -- Limits, at every leg.
    FOR l IN v_from..v_next - 1 LOOP
      v_place := p_at[l];
      v_amount := p_amount[l];
      IF v_named AND p_cod[v_place] = 6 AND NOT v_place = ANY (v_loaded) THEN
        v_loaded := v_loaded || v_place;
        FOR v_row IN SELECT k.hour, k.amount FROM ledger.buckets k WHERE k.owner_id = p_owner[v_place] ORDER BY k.hour LOOP
          v_bucket_at := v_bucket_at || v_place; v_bucket_hour := v_bucket_hour || v_row.hour; v_bucket_left := v_bucket_left || v_row.amount;
        END LOOP;
      END IF;
      IF v_amount > 0 THEN
        CONTINUE WHEN v_bal[v_place] <= 9223372036854775807 - v_amount;
        v_why := 'overflow'; v_words := 'a balance would not fit 64 bits';
        EXIT;
      END IF;
      v_cd := p_cod[v_place];
      v_new := v_bal[v_place]::numeric + v_amount;
      v_limit := CASE v_cd WHEN 1 THEN -9223372036854775807 WHEN 4 THEN coalesce(p_floor[l], 0) ELSE 0 END;
      IF (p_flag[v_place] & 1) = 1 AND v_kind NOT IN (5, 6, 8) THEN
        v_why := 'account_frozen'; v_words := 'the account is frozen';
      ELSIF v_new < v_limit THEN
        IF v_cd = 1 THEN
          v_why := 'overflow'; v_words := 'a balance would not fit 64 bits';
        ELSE
          v_why := 'insufficient_credits'; v_words := 'a debit of ' || -v_amount || ' is ' || (v_limit - v_new) || ' more than the balance allows';
          v_short[i] := least(v_limit - v_new, 9223372036854775807);
        END IF;
      ELSIF v_named AND p_bucket[l] IS NOT NULL THEN
        SELECT coalesce(sum(k.amount), 0) INTO v_found FROM unnest(v_bucket_at, v_bucket_hour, v_bucket_left) AS k(place, hour, amount)
        WHERE k.place = v_place AND k.hour = p_bucket[l];
        IF v_found < -v_amount THEN
          v_why := 'bucket_exhausted'; v_words := 'the bucket holds ' || v_found;
        END IF;
      END IF;
      EXIT WHEN v_why IS NOT NULL;
    END LOOP;
    IF v_why IS NOT NULL THEN
      v_code[i] := v_why; v_detail[i] := v_words;
      CONTINUE;
    END IF;

    v_state[i] := 1;
    v_has[v_key] := i;
    v_accepted := v_accepted + 1;
    FOR l IN v_from..v_next - 1 LOOP
      v_place := p_at[l];
      v_amount := v_bal[v_place] + p_amount[l];
      v_bal[v_place] := v_amount;
      v_after[l] := v_amount;
      v_found := v_seq[v_place] + 1;
      v_seq[v_place] := v_found;
      v_leg_seq[l] := v_found;
      v_leg[l] := l - v_from + 1;
      CONTINUE WHEN NOT v_named OR p_cod[v_place] <> 6;
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
    IF v_hold IS NOT NULL THEN
      v_holders[i] := v_holder;
      IF p_hold_open[i] IS NOT NULL THEN
        v_left[v_hold] := p_hold_open[i]; v_payer[v_hold] := v_holder;
      ELSE
        -- A hold that is spent has no payer any more; its id is free again with the next set.
        v_left[v_hold] := v_left[v_hold] - p_hold_close[i];
        IF v_left[v_hold] = 0 THEN v_payer[v_hold] := NULL; END IF;
      END IF;
    END IF;
  END LOOP;
  IF v_next <= cardinality(p_item) THEN
    RAISE EXCEPTION 'the legs are not in the order of their items';
  END IF;
END;
$$;
