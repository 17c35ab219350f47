-- Posts a set of transfers, with an outcome for each: 1 posted, 2 duplicate, 3 refused. The last statement before COMMIT.
--
-- The order is load-bearing:
--  1. what is wrong by itself (nothing moves, the sum) is refused before anything is locked;
--  2. holds sorted, then balances sorted, are locked; with them it is known whether the kind goes between these balances, and whether
--     a hold moves exactly what held moves;
--  3. known keys are found after the locks, so that no race is missed; a twin on other balances is caught by the unique key;
--  4. limits are weighed on the locked balances, item by item in order only where something offends: a bad item never sinks its
--     neighbours;
--  5. ids and the time are taken only now: taken before the locks, history comes out in the wrong order;
--  6. one insert each for transfers and entries (running balance and gap-free seq by window), one update of the balances.
CREATE OR REPLACE FUNCTION ledger.post(
  p_kind smallint[], p_reference uuid[], p_ordinal bigint[], p_hash bytea[], p_evidence bytea[], p_reverses bigint[],
  p_hold uuid[], p_hold_open bigint[], p_hold_close bigint[], p_memo text[], p_meta jsonb[],
  p_item integer[], p_balance bigint[], p_amount bigint[], p_floor bigint[], p_bucket timestamptz[]
) RETURNS TABLE (item integer, state smallint, transfer_id bigint, code text, detail text, short bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ledger, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  v_count integer := cardinality(p_kind);
  -- 0 fresh, 1 posted, 2 duplicate, 3 refused, 4 the same key as the item v_first of this set.
  v_state smallint[] := array_fill(0::smallint, ARRAY[cardinality(p_kind)]);
  v_transfer bigint[] := array_fill(NULL::bigint, ARRAY[cardinality(p_kind)]);
  v_code text[] := array_fill(NULL::text, ARRAY[cardinality(p_kind)]);
  v_detail text[] := array_fill(NULL::text, ARRAY[cardinality(p_kind)]);
  v_short bigint[] := array_fill(NULL::bigint, ARRAY[cardinality(p_kind)]);
  v_first integer[] := array_fill(NULL::integer, ARRAY[cardinality(p_kind)]);
  -- What each item does to held, and whose held it is.
  v_held bigint[] := array_fill(0::bigint, ARRAY[cardinality(p_kind)]);
  v_holder uuid[] := array_fill(NULL::uuid, ARRAY[cardinality(p_kind)]);
  v_now timestamptz;
  v_row record;
  -- The locked balances; v_at is the place of each leg's balance among them.
  v_id bigint[];
  v_bal bigint[];
  v_cod smallint[];
  v_flag smallint[];
  v_owner uuid[];
  v_at integer[];
  v_hold uuid[];
  v_left bigint[];
  v_payer uuid[];
  v_twins boolean := false;
  v_offends boolean;
  v_inserted integer;
  v_wanted integer;
BEGIN
  -- 1
  IF (SELECT count(DISTINCT x) FROM unnest(p_item) AS x) < v_count THEN
    FOR v_row IN SELECT i FROM generate_series(1, v_count) AS i WHERE i <> ALL (p_item) LOOP
      v_state[v_row.i] := 3; v_code[v_row.i] := 'empty'; v_detail[v_row.i] := 'no leg moves anything';
    END LOOP;
  END IF;
  FOR v_row IN
    SELECT l.item, sum(l.amount) AS total FROM unnest(p_item, p_amount) AS l(item, amount) GROUP BY l.item HAVING sum(l.amount) <> 0
  LOOP
    v_state[v_row.item] := 3; v_code[v_row.item] := 'unbalanced'; v_detail[v_row.item] := 'the legs sum to ' || v_row.total;
  END LOOP;

  -- 2
  SELECT array_agg(h.id), array_agg(h.remaining), array_agg(h.payer) INTO v_hold, v_left, v_payer
  FROM (
    SELECT h.id, h.remaining, h.payer FROM ledger.holds h
    WHERE h.id = ANY (ARRAY(SELECT DISTINCT x FROM unnest(p_hold) AS x WHERE x IS NOT NULL))
    ORDER BY h.id FOR NO KEY UPDATE
  ) h;
  SELECT array_agg(b.id), array_agg(b.balance), array_agg(b.code), array_agg(b.flags), array_agg(b.owner_id)
  INTO v_id, v_bal, v_cod, v_flag, v_owner
  FROM (
    SELECT b.id, b.balance, b.code, b.flags, b.owner_id FROM ledger.balances b
    WHERE b.id = ANY (ARRAY(SELECT DISTINCT x FROM unnest(p_balance) AS x)) ORDER BY b.id FOR NO KEY UPDATE
  ) b;
  SELECT array_agg(array_position(v_id, l.balance) ORDER BY l.ord) INTO v_at
  FROM unnest(p_balance) WITH ORDINALITY AS l(balance, ord);

  -- Kinds between wrong balances, and balances that are not there.
  FOR v_row IN
    SELECT DISTINCT l.item FROM unnest(p_item, p_amount, v_at) AS l(item, amount, place)
    WHERE v_state[l.item] = 0 AND NOT EXISTS (
      SELECT 1 FROM ledger.kind_rules r WHERE r.kind = p_kind[l.item] AND r.code = v_cod[l.place] AND r.sign = sign(l.amount)
    )
  LOOP
    v_state[v_row.item] := 3; v_code[v_row.item] := 'kind_not_allowed'; v_detail[v_row.item] := 'this kind does not go between these balances';
  END LOOP;

  -- A hold opens and closes with what held takes and gives, of one account: its own payer's.
  FOR v_row IN
    SELECT l.item, l.amount, v_owner[l.place] AS owner FROM unnest(p_item, p_amount, v_at) AS l(item, amount, place) WHERE v_cod[l.place] = 5
  LOOP
    v_held[v_row.item] := CASE WHEN v_holder[v_row.item] IS NULL THEN v_row.amount END;
    v_holder[v_row.item] := v_row.owner;
  END LOOP;
  FOR v_row IN
    SELECT k.ord::integer AS item FROM unnest(p_hold, p_hold_open, p_hold_close, v_held, v_holder) WITH ORDINALITY
      AS k(hold, opened, closed, held, holder, ord)
    WHERE v_state[k.ord::integer] = 0 AND (
      k.held IS DISTINCT FROM coalesce(k.opened, 0) - coalesce(k.closed, 0)
      OR (k.opened IS NOT NULL AND k.closed IS NOT NULL)
      OR (k.hold IS NULL AND k.held <> 0)
    )
  LOOP
    v_state[v_row.item] := 3; v_code[v_row.item] := 'hold_mismatch'; v_detail[v_row.item] := 'the hold does not move what held moves';
  END LOOP;

  -- A reversal undoes one transfer whole, once; a settle is never undone.
  IF 13 = ANY (p_kind) OR num_nonnulls(VARIADIC p_reverses) > 0 THEN
    FOR v_row IN
      SELECT k.ord::integer AS item FROM unnest(p_kind, p_reverses) WITH ORDINALITY AS k(kind, reverses, ord)
      WHERE v_state[k.ord::integer] = 0 AND (k.kind = 13 OR k.reverses IS NOT NULL) AND (
        k.kind <> 13
        OR NOT EXISTS (SELECT 1 FROM ledger.transfers t WHERE t.id = k.reverses AND t.kind <> 5)
        OR EXISTS (SELECT 1 FROM ledger.transfers t WHERE t.reverses = k.reverses)
        OR EXISTS (
          SELECT 1 FROM (
            SELECT e.balance_id AS balance, e.amount FROM ledger.entries e WHERE e.transfer_id = k.reverses
            UNION ALL
            SELECT l.balance, l.amount FROM unnest(p_item, p_balance, p_amount) AS l(item, balance, amount) WHERE l.item = k.ord
          ) both_sides GROUP BY balance HAVING sum(amount) <> 0
        )
      )
    LOOP
      v_state[v_row.item] := 3; v_code[v_row.item] := 'not_reversible'; v_detail[v_row.item] := 'this does not undo, once and whole, a transfer that may be undone';
    END LOOP;
  END IF;

  -- 3
  FOR v_row IN
    SELECT k.ord::integer AS item, t.id, t.request_hash
    FROM unnest(p_reference, p_kind, p_ordinal) WITH ORDINALITY AS k(reference, kind, ordinal, ord)
    JOIN ledger.transfers t ON t.reference = k.reference AND t.kind = k.kind AND t.ordinal = k.ordinal
  LOOP
    IF v_row.request_hash = p_hash[v_row.item] THEN
      v_state[v_row.item] := 2; v_transfer[v_row.item] := v_row.id; v_code[v_row.item] := NULL;
    ELSE
      v_state[v_row.item] := 3; v_code[v_row.item] := 'key_conflict'; v_detail[v_row.item] := 'this key was posted with another content';
    END IF;
  END LOOP;
  -- The same key more than once in this set: whichever is accepted first has it.
  FOR v_row IN
    SELECT k.ord::integer AS item, k.first::integer AS first FROM (
      SELECT ord, first_value(ord) OVER (PARTITION BY reference, kind, ordinal ORDER BY ord) AS first
      FROM unnest(p_reference, p_kind, p_ordinal) WITH ORDINALITY AS k(reference, kind, ordinal, ord)
      WHERE v_state[k.ord::integer] = 0
    ) k WHERE k.ord <> k.first
  LOOP
    v_twins := true; v_state[v_row.item] := 4; v_first[v_row.item] := v_row.first;
  END LOOP;

  -- 4
  v_now := clock_timestamp();
  SELECT coalesce(bool_or(
      w.after NOT BETWEEN -9223372036854775808 AND 9223372036854775807
      OR (w.amount < 0 AND (
        (w.code <> 1 AND w.after < CASE WHEN w.code = 4 THEN coalesce(w.floor, 0) ELSE 0 END)
        OR ((w.flag & 1) = 1 AND p_kind[w.item] NOT IN (5, 6, 8))
        OR w.bucket IS NOT NULL
      ))
    ), false)
  INTO v_offends
  FROM (
    SELECT l.item, l.amount, l.floor, l.bucket, v_cod[l.place] AS code, v_flag[l.place] AS flag,
      v_bal[l.place] + sum(l.amount) OVER (PARTITION BY l.place ORDER BY l.item) AS after
    FROM unnest(p_item, p_amount, p_floor, p_bucket, v_at) AS l(item, amount, floor, bucket, place)
    WHERE v_state[l.item] = 0
  ) w;
  IF NOT v_offends THEN
    SELECT count(*) > 0 INTO v_offends FROM (
      SELECT h.hold FROM unnest(p_hold, p_hold_open, p_hold_close) WITH ORDINALITY AS h(hold, opened, closed, ord)
      WHERE h.hold IS NOT NULL AND v_state[h.ord::integer] = 0
      GROUP BY h.hold
      HAVING CASE
        WHEN count(h.opened) > 0 THEN count(*) > 1 OR array_position(v_hold, h.hold) IS NOT NULL
        ELSE sum(h.closed) > coalesce(v_left[array_position(v_hold, h.hold)], -1)
          OR bool_or(v_payer[array_position(v_hold, h.hold)] <> v_holder[h.ord::integer])
      END
    ) wrong_holds;
  END IF;
  -- Two reversals of one transfer: whichever is accepted first undoes it.
  v_offends := v_offends OR num_nonnulls(VARIADIC p_reverses) > (SELECT count(DISTINCT x) FROM unnest(p_reverses) AS x);
  IF v_offends THEN
    SELECT * INTO v_state, v_code, v_detail, v_short, v_first
    FROM ledger.weigh(v_state, v_code, v_detail, v_short, v_first, v_bal, v_cod, v_flag, v_owner, v_hold, v_left, v_payer, v_holder, p_kind, p_hash,
      p_reverses, p_hold, p_hold_open, p_hold_close, p_item, v_at, p_amount, p_floor, p_bucket, date_trunc('hour', v_now));
  ELSIF v_twins THEN
    FOR i IN 1..v_count LOOP
      IF v_state[i] = 4 AND p_hash[i] <> p_hash[v_first[i]] THEN
        v_state[i] := 3; v_code[i] := 'key_conflict'; v_detail[i] := 'this key stands twice in the set, with different content';
      END IF;
    END LOOP;
  END IF;

  -- What is wrong by itself and repeats a key that an earlier item of this set takes is a conflict of keys, as it were one set later.
  IF 3 = ANY (v_state) THEN
    FOR v_row IN
      SELECT k.ord::integer AS item FROM unnest(p_reference, p_kind, p_ordinal) WITH ORDINALITY AS k(reference, kind, ordinal, ord)
      WHERE v_state[k.ord::integer] = 3 AND v_code[k.ord::integer] IN ('unbalanced', 'kind_not_allowed', 'not_reversible', 'empty') AND EXISTS (
        SELECT 1 FROM unnest(p_reference, p_kind, p_ordinal) WITH ORDINALITY AS e(reference, kind, ordinal, ord)
        WHERE e.ord < k.ord AND e.reference = k.reference AND e.kind = k.kind AND e.ordinal = k.ordinal AND v_state[e.ord::integer] = 0
      )
    LOOP
      v_code[v_row.item] := 'key_conflict'; v_detail[v_row.item] := 'this key stands twice in the set, with different content';
    END LOOP;
  END IF;

  -- 5
  PERFORM pg_current_xact_id();
  SELECT count(*) INTO v_wanted FROM unnest(v_state) AS s WHERE s = 0;
  IF v_wanted > 0 THEN
    FOR i IN 1..v_count LOOP
      IF v_state[i] = 0 THEN v_transfer[i] := nextval('ledger.transfer_ids'); END IF;
    END LOOP;
    -- 6
    INSERT INTO ledger.transfers (id, reference, ordinal, created_at, reverses, kind, request_hash, evidence_hash)
    SELECT v_transfer[k.ord::integer], k.reference, k.ordinal, v_now, k.reverses, k.kind, k.hash, k.evidence
    FROM unnest(p_reference, p_ordinal, p_reverses, p_kind, p_hash, p_evidence) WITH ORDINALITY
      AS k(reference, ordinal, reverses, kind, hash, evidence, ord)
    WHERE v_state[k.ord::integer] = 0
    ORDER BY k.reference, k.kind, k.ordinal
    ON CONFLICT ON CONSTRAINT transfers_key DO NOTHING;
    GET DIAGNOSTICS v_inserted = ROW_COUNT;
    IF v_inserted <> v_wanted THEN
      -- A twin on other balances committed meanwhile: the retry finds its key.
      RAISE EXCEPTION 'a transfer was posted twice at the same time' USING ERRCODE = '40001';
    END IF;

    INSERT INTO ledger.entries (transfer_id, balance_id, amount, balance_after, seq, leg)
    SELECT v_transfer[l.item], l.balance, l.amount,
      b.balance + sum(l.amount) OVER (PARTITION BY l.balance ORDER BY l.item),
      b.seq + row_number() OVER (PARTITION BY l.balance ORDER BY l.item),
      row_number() OVER (PARTITION BY l.item ORDER BY l.ord)
    FROM unnest(p_item, p_balance, p_amount) WITH ORDINALITY AS l(item, balance, amount, ord)
    JOIN ledger.balances b ON b.id = l.balance
    WHERE v_state[l.item] = 0
    ORDER BY l.item, l.ord;

    UPDATE ledger.balances b SET balance = b.balance + m.amount, seq = b.seq + m.legs
    FROM (
      SELECT l.balance, sum(l.amount)::bigint AS amount, count(*) AS legs
      FROM unnest(p_item, p_balance, p_amount) AS l(item, balance, amount) WHERE v_state[l.item] = 0 GROUP BY l.balance
    ) m
    WHERE b.id = m.balance;

    INSERT INTO ledger.transfer_meta (transfer_id, memo, meta)
    SELECT v_transfer[k.ord::integer], k.memo, k.meta FROM unnest(p_memo, p_meta) WITH ORDINALITY AS k(memo, meta, ord)
    WHERE v_state[k.ord::integer] = 0 AND (k.memo IS NOT NULL OR k.meta IS NOT NULL);

    INSERT INTO ledger.holds (id, payer, amount, remaining, reference, opened_by)
    SELECT h.hold, b.owner_id, h.amount, h.amount, p_reference[h.ord::integer], v_transfer[h.ord::integer]
    FROM unnest(p_hold, p_hold_open) WITH ORDINALITY AS h(hold, amount, ord)
    JOIN LATERAL (
      SELECT b.owner_id FROM unnest(p_item, p_balance) AS l(item, balance) JOIN ledger.balances b ON b.id = l.balance AND b.code = 5
      WHERE l.item = h.ord LIMIT 1
    ) b ON true
    WHERE h.amount IS NOT NULL AND v_state[h.ord::integer] = 0
    ORDER BY h.hold
    ON CONFLICT (id) DO NOTHING;
    GET DIAGNOSTICS v_inserted = ROW_COUNT;
    IF v_inserted <> (SELECT count(*) FROM unnest(p_hold_open, v_state) AS h(amount, state) WHERE h.amount IS NOT NULL AND h.state = 0) THEN
      -- Another account's hold with this id committed meanwhile: the retry finds it.
      RAISE EXCEPTION 'a hold was opened twice at the same time' USING ERRCODE = '40001';
    END IF;

    WITH closed AS (
      SELECT h.hold, sum(h.part)::bigint AS part FROM unnest(p_hold, p_hold_close) WITH ORDINALITY AS h(hold, part, ord)
      WHERE h.part IS NOT NULL AND v_state[h.ord::integer] = 0 GROUP BY h.hold
    ), ended AS (
      DELETE FROM ledger.holds o USING closed c WHERE o.id = c.hold AND o.remaining = c.part
    )
    UPDATE ledger.holds o SET remaining = o.remaining - c.part FROM closed c WHERE o.id = c.hold AND o.remaining <> c.part;

    INSERT INTO ledger.buckets AS k (owner_id, hour, amount)
    SELECT b.owner_id, date_trunc('hour', v_now), sum(l.amount)::bigint
    FROM unnest(p_item, p_balance, p_amount) AS l(item, balance, amount)
    JOIN ledger.balances b ON b.id = l.balance AND b.code = 6
    WHERE v_state[l.item] = 0 AND l.amount > 0
    GROUP BY b.owner_id ORDER BY b.owner_id
    ON CONFLICT (owner_id, hour) DO UPDATE SET amount = k.amount + excluded.amount;

    FOR v_row IN
      SELECT b.owner_id, -l.amount AS amount, l.bucket
      FROM unnest(p_item, p_balance, p_amount, p_bucket) AS l(item, balance, amount, bucket)
      JOIN ledger.balances b ON b.id = l.balance AND b.code = 6
      WHERE v_state[l.item] = 0 AND l.amount < 0
      ORDER BY l.item
    LOOP
      PERFORM ledger.draw_buckets(v_row.owner_id, v_row.amount, v_row.bucket);
    END LOOP;
  END IF;

  RETURN QUERY
  SELECT i, CASE v_state[i] WHEN 0 THEN 1 WHEN 4 THEN 2 ELSE v_state[i] END::smallint,
    CASE WHEN v_state[i] = 4 THEN v_transfer[v_first[i]] ELSE v_transfer[i] END,
    v_code[i], v_detail[i], v_short[i]
  FROM generate_series(1, v_count) AS i;
END;
$$;
