/** The one place where errors become answers: problem+json with the code's status, logged where nobody expected them. */
import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from './domain-error.js';
import type { KnownRoutes } from './known-routes.js';
import { PROBLEM_TYPE, problemOf } from './problem.js';

@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Http');

  constructor(private readonly routes: KnownRoutes) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const { problem, retryAfterSeconds, unexpected } = problemOf(error, request);
    const allowed = problem.status === 404 && !(error instanceof DomainError) ? this.routes.methodsOf(request.url) : [];
    if (allowed.length > 0) return this.methodNotAllowed(allowed, request, reply);
    if (unexpected)
      this.logger.error(
        { requestId: request.id, err: error, method: request.method, path: problem.instance },
        'unexpected error',
      );
    if (reply.sent || reply.raw.headersSent) return void reply.raw.destroy();
    if (retryAfterSeconds !== undefined) void reply.header('Retry-After', String(retryAfterSeconds));
    if (problem.status === 401) void reply.header('WWW-Authenticate', 'Bearer');
    if (problem.status === 426)
      void reply.header('Upgrade', 'Worker-Protocol/1').header('Link', `<${String(problem.link)}>; rel="help"`);
    void reply.status(problem.status).type(PROBLEM_TYPE).send(problem);
  }

  private methodNotAllowed(allowed: string[], request: FastifyRequest, reply: FastifyReply): void {
    const refusal = new DomainError('method_not_allowed', `this address takes ${allowed.join(', ')}`);
    const { problem } = problemOf(refusal, request);
    void reply.status(problem.status).header('Allow', allowed.join(', ')).type(PROBLEM_TYPE).send(problem);
  }
}
