-- The close of a UTC day. It reads what is final and locks nothing that posting needs.

-- What each balance moved on a day, from its entries.
CREATE OR REPLACE FUNCTION ledger.period_of(p_day date)
RETURNS TABLE (balance_id bigint, opening bigint, debits bigint, credits bigint, closing bigint, last_seq bigint)
LANGUAGE sql STABLE
SET search_path = ledger, pg_temp SET timezone = 'UTC' SET enable_seqscan = off SET jit = off
AS $$
  SELECT e.balance_id,
    (array_agg(e.balance_after - e.amount ORDER BY e.seq))[1],
    coalesce(sum(e.amount) FILTER (WHERE e.amount < 0), 0)::bigint,
    coalesce(sum(e.amount) FILTER (WHERE e.amount > 0), 0)::bigint,
    (array_agg(e.balance_after ORDER BY e.seq DESC))[1],
    max(e.seq)
  FROM ledger.ids_between(p_day, p_day + 1) r
  JOIN ledger.transfers t ON t.id > r.after_id AND t.id <= r.last_id AND t.created_at >= p_day AND t.created_at < p_day + 1
  JOIN ledger.entries e ON e.transfer_id = t.id
  GROUP BY e.balance_id;
$$;

-- How many transfers of each kind a day had, and what they moved (the sum of their credits).
CREATE OR REPLACE FUNCTION ledger.period_kinds_of(p_day date) RETURNS TABLE (kind smallint, transfers bigint, moved bigint)
LANGUAGE sql STABLE
SET search_path = ledger, pg_temp SET timezone = 'UTC' SET enable_seqscan = off SET jit = off
AS $$
  SELECT t.kind, count(DISTINCT t.id), coalesce(sum(e.amount) FILTER (WHERE e.amount > 0), 0)::bigint
  FROM ledger.ids_between(p_day, p_day + 1) r
  JOIN ledger.transfers t ON t.id > r.after_id AND t.id <= r.last_id AND t.created_at >= p_day AND t.created_at < p_day + 1
  JOIN ledger.entries e ON e.transfer_id = t.id
  GROUP BY t.kind;
$$;

-- SHA-256 over one line a balance, in the order of their ids: `public id:opening:debits:credits:closing`, ended by a line feed.
CREATE OR REPLACE FUNCTION ledger.period_digest(p_day date) RETURNS bytea
LANGUAGE sql STABLE
SET search_path = ledger, pg_temp
AS $$
  SELECT sha256(convert_to(coalesce(string_agg(
    b.public_id || ':' || p.opening || ':' || p.debits || ':' || p.credits || ':' || p.closing || E'\n', '' ORDER BY p.balance_id
  ), ''), 'UTF8'))
  FROM ledger.period_of(p_day) p JOIN ledger.balances b ON b.id = p.balance_id;
$$;

-- Closes one day, once; false where it was closed already. Days are closed in order.
CREATE OR REPLACE FUNCTION ledger.close_period(p_day date, p_tree_size bigint, p_root bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ledger, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
  v_last date;
BEGIN
  -- One closer at a time, whoever runs it.
  LOCK TABLE ledger.periods IN SHARE ROW EXCLUSIVE MODE;
  SELECT max(day) INTO v_last FROM ledger.periods;
  IF v_last >= p_day THEN
    RETURN false;
  END IF;
  IF v_last < p_day - 1 THEN
    RAISE EXCEPTION 'the day before % is not closed', p_day USING ERRCODE = '23514', CONSTRAINT = 'periods_follow';
  END IF;
  IF p_day >= (clock_timestamp() AT TIME ZONE 'UTC')::date THEN
    RAISE EXCEPTION '% is not over', p_day USING ERRCODE = '23514', CONSTRAINT = 'periods_are_over';
  END IF;
  INSERT INTO ledger.period_balances (day, balance_id, opening, debits, credits, closing, last_seq)
  SELECT p_day, p.balance_id, p.opening, p.debits, p.credits, p.closing, p.last_seq FROM ledger.period_of(p_day) p ORDER BY p.balance_id;
  INSERT INTO ledger.period_kinds (day, kind, transfers, moved)
  SELECT p_day, k.kind, k.transfers, k.moved FROM ledger.period_kinds_of(p_day) k;
  INSERT INTO ledger.periods (day, tree_size, root, transfers, balances, digest)
  SELECT p_day, p_tree_size, p_root,
    (SELECT coalesce(sum(transfers), 0) FROM ledger.period_kinds WHERE day = p_day),
    (SELECT count(*) FROM ledger.period_balances WHERE day = p_day),
    ledger.period_digest(p_day);
  RETURN true;
END;
$$;
