/** Why a machine could not become, or could not go on as, a node. The message tells the volunteer what to do. */
export type JoinErrorCode =
  | 'unreachable'
  | 'no_coordinator'
  | 'wrong_origin'
  | 'other_grid'
  | 'not_enrolled'
  | 'key_exposed'
  | 'key_broken'
  | 'state_in_use'
  | 'state_unwritable'
  | 'log_state_broken'
  | 'log_key_invalid'
  | 'refused';

export class JoinError extends Error {
  constructor(
    readonly code: JoinErrorCode,
    message: string,
    /** The coordinator's own code, when it refused. */
    readonly refusalCode?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'JoinError';
  }
}
