/** Failures in human words, each with its exit code. */
import { PotluckError } from '#libs/client/potluck-error.js';
import { JoinError } from '#libs/worker/join-errors.js';
import { type ExitCode, exitCodes } from './exit-codes.js';

/** Something is wrong on this side: arguments, files, configuration. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** What was got does not hold what it promises: a proof that fails, a journal of two trees. */
export class ProofError extends Error {
  constructor(
    /** Stable, snake_case. */
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'ProofError';
  }
}

export interface RenderedError {
  text: string;
  json: { error: { code: string; status?: number; detail: string; errors?: readonly unknown[]; retryAfterSeconds?: number } };
  exitCode: ExitCode;
}

export function renderError(error: unknown): RenderedError {
  if (error instanceof PotluckError) return renderRefusal(error);
  if (error instanceof JoinError) return renderJoinError(error);
  if (error instanceof ProofError) {
    const { code, message } = error;
    return { text: `${message} (${code})`, json: { error: { code, detail: message } }, exitCode: exitCodes.failed };
  }
  if (error instanceof UsageError) {
    return { text: error.message, json: { error: { code: 'usage', detail: error.message } }, exitCode: exitCodes.usage };
  }
  throw error;
}

function renderRefusal(error: PotluckError): RenderedError {
  const { code, status, detail, errors, retryAfterSeconds } = error;
  if (status === 0) return { text: detail, json: { error: { code, detail } }, exitCode: exitCodes.unreachable };
  const lines = [`The coordinator refused: ${detail} (${status} ${code})`];
  for (const field of errors) lines.push(`  ${nameOfField(field)}: ${field.detail}`);
  if (retryAfterSeconds !== undefined) lines.push(`  Try again in ${retryAfterSeconds} s.`);
  const hint = hints[code];
  if (hint !== undefined) lines.push(`  ${hint}`);
  const json = { error: { code, status, detail, errors, retryAfterSeconds } };
  return { text: lines.join('\n'), json, exitCode: exitCodes.refused };
}

const hints: Readonly<Record<string, string>> = {
  unauthorized: 'Is the API key right, and for this coordinator? See --api-key and POTLUCK_API_KEY.',
  insufficient_scope: 'Auditors read and operators change: see --as and --api-key.',
  cursor_invalid: 'An export is gone on with where it was begun, with the same options; else begin in a new directory.',
  insufficient_credits: 'Earn credits by serving: `potluck enrol`, then `potluck worker --enrol TOKEN`.',
};

/** `/input/items/0` reads `input.items.0`; an empty pointer is the whole body. */
function nameOfField({ pointer, parameter }: { pointer?: string; parameter?: string }): string {
  if (parameter !== undefined) return parameter;
  if (pointer === undefined || pointer === '') return 'body';
  const parts = pointer.replace(/^#?\//, '').split('/');
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~')).join('.');
}

function renderJoinError({ code, message, refusalCode }: JoinError): RenderedError {
  const json = { error: { code: refusalCode ?? code, detail: message } };
  if (code === 'unreachable') return { text: message, json, exitCode: exitCodes.unreachable };
  if (refusalCode === 'protocol_too_old') return { text: message, json, exitCode: exitCodes.tooOld };
  return { text: message, json, exitCode: code === 'refused' ? exitCodes.refused : exitCodes.usage };
}
