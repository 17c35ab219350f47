-- An account's three balances; opening them again changes nothing.
CREATE OR REPLACE FUNCTION ledger.open_account(p_owner uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = ledger, pg_temp
AS $$
  INSERT INTO ledger.balances (owner_id, code) VALUES (p_owner, 4), (p_owner, 5), (p_owner, 6) ON CONFLICT DO NOTHING;
$$;
