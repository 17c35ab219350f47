/**
 * Who may do what in schema `ledger`. All of it belongs to a role nobody logs in as; the application reads tables and executes the
 * functions that are its doors: those declared SECURITY DEFINER, which run as that role; and the readers, declared STABLE or
 * IMMUTABLE, which write nothing and see what the application sees. Whatever else there is (draw_buckets, trigger functions, what
 * post asks while it decides) is executed by nobody but the doors. Repeated at every start: what is so already stays as it is.
 */
import type pg from 'pg';
import { APP_ROLE, LEDGER_ROLE } from './app-role.js';

/** Tables that are only ever inserted into, whoever asks; those that this version has. */
const IMMUTABLE = ['transfers', 'entries', 'transfer_meta', 'freezes', 'leaves', 'subtree_roots', 'checkpoints'];

/** Parts of post, although they write nothing. */
const INSIDE = ['weigh', 'irreversible'];

/** Objects of an older version belong to whoever migrated then. */
export async function handOverLedger(client: pg.Client): Promise<void> {
  await client.query(HAND_OVER);
}

/** One transaction: no running process ever meets a door that is shut. */
export async function grantLedger(client: pg.Client): Promise<void> {
  await client.query('BEGIN');
  await client.query(MAKE_IMMUTABLE);
  await client.query(GRANTS);
  await client.query('COMMIT');
}

// The schema first: a new owner of a table must be able to create in its schema.
const HAND_OVER = `
DO $$
DECLARE
  v_owner oid := '${LEDGER_ROLE}'::regrole;
  v_schema oid := 'ledger'::regnamespace;
  v_row record;
BEGIN
  IF (SELECT nspowner FROM pg_namespace WHERE oid = v_schema) <> v_owner THEN
    ALTER SCHEMA ledger OWNER TO ${LEDGER_ROLE};
  END IF;
  FOR v_row IN
    SELECT c.oid::regclass AS name, CASE c.relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END AS what
    FROM pg_class c
    WHERE c.relnamespace = v_schema AND c.relowner <> v_owner AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
      -- A column's own sequence goes with its table.
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i') AND c.relkind = 'S')
  LOOP
    EXECUTE format('ALTER %s %s OWNER TO ${LEDGER_ROLE}', v_row.what, v_row.name);
  END LOOP;
  FOR v_row IN SELECT p.oid::regprocedure AS name FROM pg_proc p WHERE p.pronamespace = v_schema AND p.proowner <> v_owner LOOP
    EXECUTE format('ALTER ROUTINE %s OWNER TO ${LEDGER_ROLE}', v_row.name);
  END LOOP;
  FOR v_row IN SELECT t.oid::regtype AS name FROM pg_type t WHERE t.typnamespace = v_schema AND t.typowner <> v_owner AND t.typtype IN ('e', 'd') LOOP
    EXECUTE format('ALTER TYPE %s OWNER TO ${LEDGER_ROLE}', v_row.name);
  END LOOP;
END $$`;

const MAKE_IMMUTABLE = `
DO $$
DECLARE
  v_table text;
BEGIN
  FOREACH v_table IN ARRAY ARRAY[${IMMUTABLE.map((name) => `'${name}'`).join(', ')}] LOOP
    CONTINUE WHEN to_regclass('ledger.' || v_table) IS NULL OR EXISTS (
      SELECT 1 FROM pg_trigger WHERE tgrelid = to_regclass('ledger.' || v_table) AND tgfoid = 'ledger.refuse_change'::regproc
    );
    EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.%I FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()',
      v_table || '_immutable', v_table);
  END LOOP;
END $$`;

const GRANTS = `
ALTER DEFAULT PRIVILEGES FOR ROLE ${LEDGER_ROLE} REVOKE EXECUTE ON ROUTINES FROM PUBLIC;
REVOKE ALL ON SCHEMA ledger FROM PUBLIC, ${APP_ROLE};
GRANT USAGE ON SCHEMA ledger TO ${APP_ROLE};
REVOKE ALL ON ALL TABLES IN SCHEMA ledger FROM PUBLIC, ${APP_ROLE};
GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO ${APP_ROLE};
REVOKE ALL ON ALL SEQUENCES IN SCHEMA ledger FROM PUBLIC, ${APP_ROLE};
GRANT SELECT ON ALL SEQUENCES IN SCHEMA ledger TO ${APP_ROLE};
REVOKE ALL ON ALL ROUTINES IN SCHEMA ledger FROM PUBLIC, ${APP_ROLE};
DO $$
DECLARE
  v_door regprocedure;
BEGIN
  FOR v_door IN SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'ledger'::regnamespace AND (prosecdef OR provolatile <> 'v')
    AND proname NOT IN (${INSIDE.map((name) => `'${name}'`).join(', ')}) LOOP
    EXECUTE format('GRANT EXECUTE ON ROUTINE %s TO ${APP_ROLE}', v_door);
  END LOOP;
END $$`;
