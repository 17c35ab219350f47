-- Freezes or unfreezes an account: post refuses debits of frozen balances, except settle, release and slash. Answers true where that
-- changed something, false where it was so already, NULL where no account has this id (the system's balances have no owner, so
-- they cannot be frozen). Locks the balances as post does: the last statement before COMMIT.
CREATE OR REPLACE FUNCTION ledger.set_frozen(p_owner uuid, p_frozen boolean, p_by uuid, p_reason text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ledger, pg_temp
AS $$
DECLARE
  v_differs boolean;
BEGIN
  SELECT bool_or(((b.flags & 1) = 1) <> p_frozen) INTO v_differs
  FROM (SELECT flags FROM ledger.balances WHERE owner_id = p_owner ORDER BY id FOR NO KEY UPDATE) b;
  IF v_differs IS NOT TRUE THEN
    RETURN v_differs;
  END IF;
  UPDATE ledger.balances SET flags = CASE WHEN p_frozen THEN flags | 1::smallint ELSE flags & ~ 1::smallint END WHERE owner_id = p_owner;
  INSERT INTO ledger.freezes (owner_id, frozen, by_account, reason, created_at)
  VALUES (p_owner, p_frozen, p_by, p_reason, date_trunc('milliseconds', clock_timestamp()));
  RETURN true;
END;
$$;
