-- Keys and checkpoints of the log. Both take the lock of the log's state first, so that a key retires at one size.

-- The size, locked until the transaction ends; waits for whoever appends.
CREATE OR REPLACE FUNCTION ledger.wait_for_log(OUT size bigint)
RETURNS SETOF bigint LANGUAGE sql SECURITY DEFINER SET search_path = ledger, pg_temp
AS $$ SELECT s.size FROM ledger.log_state s FOR UPDATE; $$;

-- Registers the key that follows number `p_after` (0: the log's first); false where another process was faster.
CREATE OR REPLACE FUNCTION ledger.register_log_key(
  p_after integer, p_name text, p_public_key bytea, p_size bigint, p_succession bytea
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_temp
AS $$
BEGIN
  IF (p_after = 0) <> (p_succession IS NULL) THEN
    RAISE EXCEPTION 'a key follows another by its statement' USING ERRCODE = '23514', CONSTRAINT = 'log_keys_follow_each_other';
  END IF;
  PERFORM 1 FROM ledger.log_state WHERE size = p_size FOR UPDATE;
  IF NOT FOUND OR p_after <> (SELECT coalesce(max(number), 0) FROM ledger.log_keys) THEN RETURN false; END IF;
  INSERT INTO ledger.log_keys (number, name, public_key, since, size, succession)
  VALUES (p_after + 1, p_name, p_public_key, clock_timestamp(), p_size, p_succession);
  RETURN true;
END;
$$;

-- Stores a checkpoint, once a size, in growing order and at most once in `p_every`; false where it is not needed or not allowed any
-- more: another process was faster, the key has been retired.
CREATE OR REPLACE FUNCTION ledger.store_checkpoint(
  p_size bigint, p_root bytea, p_note text, p_key integer, p_every interval
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_temp
AS $$
BEGIN
  PERFORM 1 FROM ledger.log_state WHERE size >= p_size FOR UPDATE;
  IF NOT FOUND OR p_key <> (SELECT coalesce(max(number), 0) FROM ledger.log_keys)
    OR EXISTS (SELECT 1 FROM ledger.checkpoints WHERE size >= p_size)
    OR (SELECT signed_at FROM ledger.checkpoints ORDER BY size DESC LIMIT 1) > clock_timestamp() - p_every
  THEN RETURN false; END IF;
  INSERT INTO ledger.checkpoints (size, root, note, key_number, signed_at)
  VALUES (p_size, p_root, p_note, p_key, clock_timestamp());
  RETURN true;
END;
$$;
