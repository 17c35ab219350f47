-- What accounts earned and spent in transfers of an id range and a time: by account and by the submitter whose hold was settled (the nil
-- UUID where commons paid: surplus, audits). Earned is pay, to available or stake; spent is what a settlement kept of the part it
-- took out of held. A stake that is released, an allowance or a compensation is not earned. Read it in short ranges: a snapshot that
-- is held open slows the whole grid.
CREATE OR REPLACE FUNCTION ledger.flows(p_from bigint, p_to bigint, p_since timestamptz, p_before timestamptz)
RETURNS TABLE (account_id uuid, submitter_id uuid, earned numeric, spent numeric, served bigint, submitted bigint)
LANGUAGE plpgsql STABLE
SET search_path = ledger, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH paid AS MATERIALIZED (
    SELECT t.id, b.owner_id, b.code, e.amount
    FROM ledger.transfers t
    JOIN ledger.entries e ON e.transfer_id = t.id
    JOIN ledger.balances b ON b.id = e.balance_id AND b.owner_id IS NOT NULL
    WHERE t.id >= p_from AND t.id < p_to AND t.created_at >= p_since AND t.created_at < p_before AND t.kind IN (5, 10, 11)
  ),
  payer AS (SELECT paid.id, paid.owner_id FROM paid WHERE paid.code = 5)
  SELECT paid.owner_id, coalesce(payer.owner_id, '00000000-0000-0000-0000-000000000000'),
    coalesce(sum(paid.amount) FILTER (WHERE payer.owner_id IS DISTINCT FROM paid.owner_id), 0),
    coalesce(-sum(paid.amount) FILTER (WHERE payer.owner_id = paid.owner_id), 0),
    count(DISTINCT paid.id) FILTER (WHERE payer.owner_id IS DISTINCT FROM paid.owner_id),
    count(DISTINCT paid.id) FILTER (WHERE payer.owner_id = paid.owner_id)
  FROM paid LEFT JOIN payer ON payer.id = paid.id
  GROUP BY 1, 2;
END;
$$;
