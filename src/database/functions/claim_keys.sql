-- Writes idempotency keys, sorted; answers those that are new. A concurrent twin waits here for the first to commit, at most the
-- five seconds that the API promises; then it is told to come again (lock_not_available).
CREATE OR REPLACE FUNCTION claim_keys(p_scope uuid[], p_route text[], p_key text[], p_hash bytea[], p_resource text[])
RETURNS TABLE (scope uuid, route text, key text)
LANGUAGE plpgsql
SET lock_timeout = '5s' SET plan_cache_mode = force_generic_plan SET jit = off
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  INSERT INTO idempotency_keys AS k (scope, route, key, body_hash, resource)
  SELECT i.scope, i.route, i.key, i.hash, i.resource
  FROM unnest(p_scope, p_route, p_key, p_hash, p_resource) AS i(scope, route, key, hash, resource)
  ORDER BY i.scope, i.route, i.key
  ON CONFLICT DO NOTHING
  RETURNING k.scope, k.route, k.key;
END;
$$;
