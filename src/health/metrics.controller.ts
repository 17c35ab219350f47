import { Controller, Get, Header, type OnModuleInit } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { Metrics } from '../http/metrics.js';

@ApiTags('Operations')
@Controller('metrics')
export class MetricsController implements OnModuleInit {
  constructor(
    private readonly metrics: Metrics,
    private readonly dataSource: DataSource,
  ) {}

  onModuleInit(): void {
    this.metrics.gauge('potluck_database_up', '1: the database answers', () =>
      this.dataSource.query('SELECT 1').then(
        () => [{ value: 1 }],
        () => [{ value: 0 }],
      ),
    );
    this.metrics.gauge('potluck_database_connections', 'Connections of this process’ pool', () => {
      const pool = (
        this.dataSource.driver as unknown as { master?: { totalCount: number; idleCount: number; waitingCount: number } }
      ).master;
      if (!pool) return [];
      return [
        { labels: { state: 'busy' }, value: pool.totalCount - pool.idleCount },
        { labels: { state: 'idle' }, value: pool.idleCount },
        { labels: { state: 'awaited' }, value: pool.waitingCount },
      ];
    });
  }

  @Get()
  @Header('Cache-Control', 'no-store')
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  @ApiOperation({
    operationId: 'getMetrics',
    summary: 'Figures for Prometheus',
    description: 'For whoever runs the grid: a proxy that serves the public does not pass it on. No figure is about one account.',
  })
  @ApiOkResponse({
    content: {
      'text/plain': { schema: { type: 'string' }, example: 'ledger_invariant_ok{law="I1"} 1\nledger_overdue_holds 0\n' },
    },
  })
  read(): Promise<string> {
    return this.metrics.text();
  }
}
