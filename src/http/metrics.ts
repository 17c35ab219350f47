/**
 * What a process tells Prometheus. Each capability says how its gauges are read; they are read when somebody asks. Labels have few
 * values, known beforehand: never an account, a node or a job. What cannot be read is left out and does not spoil the rest.
 */
import { Injectable } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export interface Reading {
  labels?: Readonly<Record<string, string>>;
  value: number;
}

@Injectable()
export class Metrics {
  private readonly registry = new Registry();
  private readonly requests = new Histogram({
    name: 'potluck_http_request_seconds',
    help: 'Time to answer, by route and status; long polls wait on purpose',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Before the routes are registered. */
  watch(fastify: Pick<FastifyInstance, 'addHook'>): void {
    fastify.addHook('onResponse', (request, reply, done) => {
      const route = request.routeOptions.url ?? 'none';
      this.requests.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1_000);
      done();
    });
  }

  gauge(name: string, help: string, read: () => Promise<Reading[]> | Reading[]): void {
    new Gauge({
      name,
      help,
      labelNames: LABELS,
      registers: [this.registry],
      async collect() {
        this.reset();
        try {
          for (const { labels, value } of await read()) this.set({ ...labels }, value);
        } catch {
          // The database is away, as potluck_database_up says.
          this.reset();
        }
      },
    });
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }
}

/** Every label that a gauge may have. */
const LABELS = ['law', 'state'];
