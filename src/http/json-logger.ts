/** Nest's logger on pino: one JSON line an event. */
import type { LoggerService } from '@nestjs/common';
import { type Logger, pino } from 'pino';

export function openLog(level: string): Logger {
  return pino({ level, base: { service: 'potluck' }, timestamp: pino.stdTimeFunctions.isoTime });
}

export class JsonLogger implements LoggerService {
  constructor(private readonly log_: Logger) {}

  log = (message: unknown, ...more: unknown[]): void => this.write('info', message, more);
  error = (message: unknown, ...more: unknown[]): void => this.write('error', message, more);
  warn = (message: unknown, ...more: unknown[]): void => this.write('warn', message, more);
  debug = (message: unknown, ...more: unknown[]): void => this.write('debug', message, more);
  verbose = (message: unknown, ...more: unknown[]): void => this.write('trace', message, more);
  fatal = (message: unknown, ...more: unknown[]): void => this.write('fatal', message, more);

  /** Nest puts the context last; errors may come with a stack between. */
  private write(level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal', message: unknown, more: unknown[]): void {
    const context = typeof more.at(-1) === 'string' ? { context: more.at(-1) } : {};
    if (message instanceof Error) return this.log_[level]({ ...context, err: message }, message.message);
    const text = more.find(
      (part): part is string => typeof part === 'string' && part !== (context as { context?: string }).context,
    );
    if (typeof message === 'object' && message !== null) return this.log_[level]({ ...context, ...message }, text ?? '');
    this.log_[level]({ ...context, ...(text ? { stack: text } : {}) }, String(message));
  }
}
