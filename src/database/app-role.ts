/**
 * The role the application works as. Migrations belong to the owner; the application's sessions take this role, which may neither
 * change the schema nor write the ledger's tables but through its functions.
 */
export const APP_ROLE = 'potluck_app';

/** Owns the schema `ledger` and all that is in it. Nobody logs in as it: its functions run as it, and as nothing more. */
export const LEDGER_ROLE = 'potluck_ledger';

/** Sent with the connection, so that no session ever runs as anything else, not even for its first statement. */
export const APP_SESSION_OPTIONS = `-c role=${APP_ROLE} -c idle_in_transaction_session_timeout=30000 -c transaction_timeout=30000`;
