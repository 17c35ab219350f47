import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentNode, type NodeCaller } from '../http/caller.js';
import { Refuses } from '../http/refuses.js';
import { SignedByNode } from '../http/signed-by-node.js';
import { Presence } from '../nodes/presence.js';
import { Settings } from '../settings/settings.js';
import { parseReport } from './parse-report.js';
import type { ItemAnswer } from './record-reports.js';
import { ReportAnswerDto, ReportDto } from './report.dto.js';
import { ReportBatch } from './report-batch.js';

@ApiTags('Worker protocol')
@SignedByNode()
@Controller('v1/worker')
export class ResultsController {
  constructor(
    private readonly reportBatch: ReportBatch,
    private readonly presence: Presence,
    private readonly settings: Settings,
  ) {}

  @Post('results')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'reportResults',
    summary: 'Deliver results under one signature; a repeat answers what the first did',
  })
  @ApiBody({ type: ReportDto })
  @Refuses('attestation_invalid')
  async report(@CurrentNode() node: NodeCaller, @Body() body: object): Promise<ReportAnswerDto> {
    this.presence.beat(node.nodeId, new Date());
    const results: ItemAnswer[] = await this.reportBatch.add({ node, report: parseReport(body, this.settings.policy) });
    return { results };
  }
}
