-- A balance as it stood, without an index on time: along a balance neither id nor time ever goes back (I6), so its entries are
-- searched by seq. What lies near the end is asked for most: the search gallops back from the newest entry, then bisects.
--
-- The bound is a place in the journal's order (UTC day, id): entries before p_before, or before p_until with an id of at most p_id;
-- never beyond the id p_up_to. As of a moment, p_before is the next microsecond.
CREATE OR REPLACE FUNCTION ledger.entry_within(
  p_balance bigint, p_last_seq bigint, p_before timestamptz, p_until timestamptz, p_id bigint, p_up_to bigint,
  OUT seq bigint, OUT balance_after bigint
)
LANGUAGE plpgsql STABLE
SET search_path = ledger, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
DECLARE
  -- The last entry known to lie within, and the first known not to.
  v_in bigint := 0;
  v_out bigint := p_last_seq + 1;
  v_probe bigint := p_last_seq;
  v_step bigint := 1;
  v_found boolean := false;
  v_row record;
BEGIN
  seq := 0;
  balance_after := 0;
  WHILE v_out - v_in > 1 LOOP
    SELECT e.balance_after, t.created_at < p_before OR (t.created_at < p_until AND t.id <= p_id) AS within, t.id <= p_up_to AS known
    INTO v_row
    FROM ledger.entries e JOIN ledger.transfers t ON t.id = e.transfer_id
    WHERE e.balance_id = p_balance AND e.seq = v_probe;
    IF v_row.within AND v_row.known THEN
      v_in := v_probe; v_found := true; seq := v_probe; balance_after := v_row.balance_after;
    ELSE
      v_out := v_probe;
    END IF;
    IF v_found OR v_out - v_step <= 0 THEN
      v_probe := v_in + (v_out - v_in) / 2;
    ELSE
      v_probe := v_out - v_step;
      v_step := v_step * 16;
    END IF;
  END LOOP;
END;
$$;

-- One balance as of a moment: 0 before its first entry. Without settings of its own it is inlined into the caller's statement.
CREATE OR REPLACE FUNCTION ledger.balance_as_of(p_balance bigint, p_at timestamptz) RETURNS bigint
LANGUAGE sql STABLE
AS $$
  SELECT f.balance_after
  FROM ledger.balances b
  CROSS JOIN LATERAL ledger.entry_within(b.id, b.seq, p_at + interval '1 microsecond', '-infinity', 0, 9223372036854775807) f
  WHERE b.id = p_balance;
$$;

-- Balances with at least one entry within the bound, by id behind p_after: the newest entry answers at once where it lies within.
CREATE OR REPLACE FUNCTION ledger.balances_within(
  p_after bigint, p_limit integer, p_before timestamptz, p_until timestamptz, p_id bigint, p_up_to bigint
) RETURNS TABLE (id bigint, public_id uuid, owner_id uuid, code smallint, seq bigint, balance bigint)
LANGUAGE sql STABLE
SET search_path = ledger, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
  SELECT b.id, b.public_id, b.owner_id, b.code, coalesce(l.seq, f.seq), coalesce(l.balance_after, f.balance_after)
  FROM (SELECT * FROM ledger.balances b WHERE b.id > p_after AND b.seq > 0 ORDER BY b.id LIMIT p_limit) b
  LEFT JOIN LATERAL (
    SELECT e.seq, e.balance_after FROM ledger.entries e JOIN ledger.transfers t ON t.id = e.transfer_id
    WHERE e.balance_id = b.id AND e.seq = b.seq AND t.id <= p_up_to
      AND (t.created_at < p_before OR (t.created_at < p_until AND t.id <= p_id))
  ) l ON true
  LEFT JOIN LATERAL ledger.entry_within(b.id, b.seq - 1, p_before, p_until, p_id, p_up_to) f ON l.seq IS NULL
  ORDER BY b.id;
$$;

-- The last transfer, by bisecting the ids, before a moment. Between balances ids and times may swap: a time is taken shortly before
-- the ids are. Whoever needs all transfers of a time asks a minute to either side (ledger.ids_between).
CREATE OR REPLACE FUNCTION ledger.last_id_before(p_moment timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE
SET search_path = ledger, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off
AS $$
DECLARE
  v_in bigint := 0;
  v_out bigint;
  v_middle bigint;
  v_row record;
BEGIN
  SELECT coalesce(max(t.id), 0) + 1 INTO v_out FROM ledger.transfers t;
  WHILE v_out - v_in > 1 LOOP
    v_middle := v_in + (v_out - v_in) / 2;
    SELECT t.id, t.created_at < p_moment AS before INTO v_row
    FROM ledger.transfers t WHERE t.id >= v_middle AND t.id < v_out ORDER BY t.id LIMIT 1;
    IF v_row.before THEN v_in := v_row.id; ELSE v_out := v_middle; END IF;
  END LOOP;
  RETURN v_in;
END;
$$;

-- Every transfer of [p_from, p_until) has an id in (after_id, last_id]; a few others may, too. A posting transaction lives for at
-- most 30 s between taking its time and its ids; a minute leaves room.
CREATE OR REPLACE FUNCTION ledger.ids_between(p_from timestamptz, p_until timestamptz, OUT after_id bigint, OUT last_id bigint)
LANGUAGE sql STABLE
SET search_path = ledger, pg_temp
AS $$
  SELECT ledger.last_id_before(p_from - interval '1 minute'), ledger.last_id_before(p_until + interval '1 minute');
$$;
