/** Fastify as this API needs it: request ids, bodies, limits, and problem+json even for what never reaches a route. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { newId } from '#libs/signing/ids.js';
import type { Settings } from '../settings/settings.js';
import { bodyLimitOf } from './body-limits.js';
import { exactJson } from './exact-json.js';
import type { KnownRoutes } from './known-routes.js';
import { PROBLEM_TYPE, problemOf } from './problem.js';
import { readBodies } from './read-body.js';

const REQUEST_ID = /^[\x21-\x7e]{1,128}$/;

export function fastifyAdapter(settings: Settings, routes: KnownRoutes, log: Logger): FastifyAdapter {
  const adapter = new FastifyAdapter({
    trustProxy: settings.trustProxy,
    bodyLimit: settings.policy.api.jsonBodyBytes,
    forceCloseConnections: true,
    // Long-polls last 55 s; what takes longer to send its request is an attack.
    requestTimeout: 120_000,
    routerOptions: { maxParamLength: 256 },
    genReqId: (request: IncomingMessage) => {
      const given = request.headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : newId();
    },
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) => answerProblem(error, request, reply),
    clientErrorHandler: (error: Error, socket: Socket) => {
      if (!socket.writable) return;
      const { problem } = problemOf(error, { id: newId(), url: '' });
      const body = JSON.stringify(problem);
      socket.end(
        `HTTP/1.1 ${problem.status} ${problem.title}\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
      );
    },
  });
  const fastify = adapter.getInstance();
  fastify.addHook('onRoute', (route) => {
    routes.add(route.method as string | string[], route.url);
    route.bodyLimit = bodyLimitOf(String([route.method].flat()[0]), route.url, settings.policy);
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('X-Request-Id', request.id).header('X-Content-Type-Options', 'nosniff').header('Cache-Control', 'no-store');
    const { traceparent } = request.headers;
    if (typeof traceparent === 'string' && /^[0-9a-f-]{55}$/.test(traceparent)) void reply.header('traceparent', traceparent);
    done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    if (reply.statusCode >= 500 || log.isLevelEnabled('debug')) {
      const level = reply.statusCode >= 500 ? 'warn' : 'debug';
      log[level](
        {
          requestId: request.id,
          method: request.method,
          path: request.url.split('?')[0],
          status: reply.statusCode,
          ms: Math.round(reply.elapsedTime),
        },
        'request',
      );
    }
    done();
  });
  fastify.setReplySerializer(exactJson);
  readBodies(fastify as never);
  return adapter;
}

function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const { problem } = problemOf(error, request);
  void reply.header('X-Request-Id', request.id).header('X-Content-Type-Options', 'nosniff');
  void reply.status(problem.status).type(PROBLEM_TYPE).send(problem);
}
