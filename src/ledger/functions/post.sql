-- Posts a set of transfers, with an outcome for each: 1 posted, 2 duplicate, 3 refused. The last statement before COMMIT.
--
-- The caller has netted the legs (one a balance) and sorted what is locked: p_holds and p_balances are strictly ascending, p_hold_at and
-- p_at say which of them an item or a leg means, p_first is the first item of the set with the same key. What is said wrongly
-- there ends in an error, never in a wrong book.
--
-- The order is load-bearing:
--  1. holds in order, then balances in order, are locked;
--  2. known keys are found after the locks (docs/decisions/009), so that no race with a twin on the same balances is missed; one
--     on other balances is caught by the unique key at step 5 and the set runs again;
--  3. ledger.weigh judges item by item, in order, on the locked balances: sum, kind, hold, limits. What is accepted counts for
--     those behind it, what is refused does not: a bad item never sinks its neighbours, and a set ends as its items posted singly;
--     The time is taken with it, so that created_at and the bucket of an hour agree;
--  4. like the time, ids are taken only after the locks: taken before, history comes out in the wrong order. The transaction has its
--     own id before them, which is how the log's sequencer knows that a gap is dead;
--  5. one insert each for transfers and entries; 6. one update of the balances; then what follows from them: holds, buckets, words.
DROP FUNCTION IF EXISTS ledger.post(
  smallint[], uuid[], bigint[], bytea[], bytea[], bigint[], uuid[], bigint[], bigint[], text[], jsonb[],
  integer[], bigint[], bigint[], bigint[], timestamptz[]
);
CREATE OR REPLACE FUNCTION ledger.post(
  p_kind smallint[], p_reference uuid[], p_ordinal bigint[], p_hash bytea[], p_first integer[], p_evidence bytea[], p_reverses bigint[],
  p_holds uuid[], p_hold_at integer[], p_hold_open bigint[], p_hold_close bigint[], p_alarm timestamptz[], p_memo text[], p_meta jsonb[],
  p_balances bigint[], p_item integer[], p_at integer[], p_amount bigint[], p_floor bigint[], p_bucket timestamptz[]
) RETURNS TABLE (item integer, state smallint, transfer_id bigint, code text, detail text, short bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ledger, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  v_count integer := cardinality(p_kind);
  -- The locked balances, in the order of p_balances, and the holds that are there.
  v_id bigint[];
  v_bal bigint[];
  v_seq bigint[];
  v_cod smallint[];
  v_flag smallint[];
  v_owner uuid[];
  v_hold_place integer[];
  v_left bigint[];
  v_payer uuid[];
  v_known integer[];
  v_known_id bigint[];
  v_known_hash bytea[];
  -- What weigh says.
  v_state smallint[];
  v_transfer bigint[];
  v_bearer integer[];
  v_code text[];
  v_detail text[];
  v_short bigint[];
  v_after bigint[];
  v_leg_seq bigint[];
  v_leg smallint[];
  v_holders uuid[];
  v_accepted integer;
  v_now timestamptz;
  v_written integer;
BEGIN
  -- 1
  IF cardinality(p_holds) > 0 THEN
    SELECT array_agg(h.place), array_agg(h.remaining), array_agg(h.payer) INTO v_hold_place, v_left, v_payer
    FROM (
      SELECT u.place::integer, h.remaining, h.payer FROM unnest(p_holds) WITH ORDINALITY AS u(id, place)
      JOIN ledger.holds h ON h.id = u.id ORDER BY h.id FOR NO KEY UPDATE OF h
    ) h;
  END IF;
  SELECT array_agg(b.id), array_agg(b.balance), array_agg(b.seq), array_agg(b.code), array_agg(b.flags), array_agg(b.owner_id)
  INTO v_id, v_bal, v_seq, v_cod, v_flag, v_owner
  FROM (
    SELECT b.id, b.balance, b.seq, b.code, b.flags, b.owner_id FROM ledger.balances b WHERE b.id = ANY (p_balances)
    ORDER BY b.id FOR NO KEY UPDATE
  ) b;
  IF cardinality(p_balances) > 0 AND v_id IS DISTINCT FROM p_balances THEN
    RAISE EXCEPTION 'the balances are not there, or not in order';
  END IF;

  -- 2
  SELECT array_agg(k.ord::integer), array_agg(t.id), array_agg(t.request_hash) INTO v_known, v_known_id, v_known_hash
  FROM unnest(p_reference, p_kind, p_ordinal) WITH ORDINALITY AS k(reference, kind, ordinal, ord)
  JOIN ledger.transfers t ON t.reference = k.reference AND t.kind = k.kind AND t.ordinal = k.ordinal;

  -- 3
  v_now := date_trunc('milliseconds', clock_timestamp());
  SELECT * INTO v_bal, v_seq, v_state, v_transfer, v_bearer, v_code, v_detail, v_short, v_after, v_leg_seq, v_leg, v_holders, v_accepted
  FROM ledger.weigh(
    p_kind, p_hash, p_first, p_reverses, p_hold_at, p_hold_open, p_hold_close, p_balances, p_item, p_at, p_amount, p_floor, p_bucket,
    v_cod, v_flag, v_owner, v_hold_place, v_left, v_payer, v_known, v_known_id, v_known_hash, date_trunc('hour', v_now), v_bal, v_seq
  );

  IF v_accepted > 0 THEN
    -- 4
    PERFORM pg_current_xact_id();
    FOR i IN 1..v_count LOOP
      IF v_state[i] = 1 THEN v_transfer[i] := nextval('ledger.transfer_ids'); END IF;
    END LOOP;

    -- 5
    INSERT INTO ledger.transfers (id, reference, ordinal, created_at, reverses, kind, request_hash, evidence_hash)
    SELECT k.id, k.reference, k.ordinal, v_now, k.reverses, k.kind, k.hash, k.evidence
    FROM unnest(v_transfer, p_reference, p_ordinal, p_reverses, p_kind, p_hash, p_evidence, v_state)
      AS k(id, reference, ordinal, reverses, kind, hash, evidence, state)
    WHERE k.state = 1
    ON CONFLICT ON CONSTRAINT transfers_key DO NOTHING;
    GET DIAGNOSTICS v_written = ROW_COUNT;
    IF v_written <> v_accepted THEN
      -- A twin on other balances committed meanwhile: the retry finds its key.
      RAISE EXCEPTION 'a transfer was posted twice at the same time' USING ERRCODE = '40001';
    END IF;
    INSERT INTO ledger.entries (transfer_id, balance_id, amount, balance_after, seq, leg)
    SELECT v_transfer[l.item], p_balances[l.at], l.amount, l.after, l.seq, l.leg
    FROM unnest(p_item, p_at, p_amount, v_after, v_leg_seq, v_leg) AS l(item, at, amount, after, seq, leg)
    WHERE l.seq IS NOT NULL;

    -- 6
    UPDATE ledger.balances b SET balance = m.balance, seq = m.seq
    FROM unnest(p_balances, v_bal, v_seq) AS m(id, balance, seq) WHERE b.id = m.id AND b.seq <> m.seq;

    IF cardinality(p_holds) > 0 THEN
      PERFORM ledger.move_holds(p_holds, p_hold_at, p_hold_open, p_hold_close, p_alarm, p_reference, v_transfer, v_state, v_holders);
    END IF;
    IF 6 = ANY (v_cod) THEN
      PERFORM ledger.move_buckets(v_cod, v_owner, p_at, p_amount, p_bucket, v_leg_seq, date_trunc('hour', v_now));
    END IF;
    IF num_nonnulls(VARIADIC p_memo) > 0 OR num_nonnulls(VARIADIC p_meta) > 0 THEN
      INSERT INTO ledger.transfer_meta (transfer_id, memo, meta)
      SELECT k.id, k.memo, k.meta FROM unnest(v_transfer, p_memo, p_meta, v_state) AS k(id, memo, meta, state)
      WHERE k.state = 1 AND (k.memo IS NOT NULL OR k.meta IS NOT NULL);
    END IF;
  END IF;

  -- A repeat of a key within the set answers the transfer of the item that has it.
  RETURN QUERY
  SELECT k.ord::integer, k.state, coalesce(k.id, v_transfer[k.bearer]), k.code, k.detail, k.short
  FROM unnest(v_state, v_transfer, v_bearer, v_code, v_detail, v_short) WITH ORDINALITY
    AS k(state, id, bearer, code, detail, short, ord);
END;
$$;
