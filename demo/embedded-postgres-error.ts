/** Words that a person can act on. */
export class EmbeddedPostgresError extends Error {}
