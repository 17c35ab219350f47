import { Controller, Get, Header } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { DomainError } from '../http/domain-error.js';

@ApiTags('Operations')
@Controller()
export class HealthController {
  constructor(private readonly dataSource: DataSource) {}

  /** Nothing but the process itself: a database that is away is no reason to restart the coordinator. */
  @Get('livez')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ operationId: 'getLiveness', summary: 'The process runs' })
  live(): { status: string } {
    return { status: 'ok' };
  }

  @Get('readyz')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ operationId: 'getReadiness', summary: 'The process can serve: its database answers' })
  async ready(): Promise<{ status: string }> {
    try {
      await this.dataSource.query('SELECT 1');
    } catch {
      throw new DomainError('unavailable', 'the database does not answer', { retryAfterSeconds: 1 });
    }
    return { status: 'ok' };
  }
}
