import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Caller, CurrentCaller } from '../http/caller.js';
import { RequireScopes } from '../http/require-scopes.js';
import { ReadStanding } from './read-standing.js';
import { StandingDto } from './standing.dto.js';

/** Every lane weighs the same so far. */
const QUEUE_WEIGHT = 1;

@ApiTags('Accounts')
@Controller('v1/standing')
export class StandingController {
  constructor(private readonly readStanding: ReadStanding) {}

  @Get()
  @RequireScopes('ledger:read')
  @ApiOperation({ operationId: 'getStanding', summary: 'What the account may submit, and what it must serve for more' })
  async standing(@CurrentCaller() { accountId }: Caller): Promise<StandingDto> {
    const standing = await this.readStanding.of(accountId);
    const { balances, flow } = standing;
    return {
      available: balances.availableMicro.toString(),
      held: balances.heldMicro.toString(),
      stake: balances.stakeMicro.toString(),
      creditLine: standing.lineMicro.toString(),
      debt: standing.debtMicro.toString(),
      jobsSubmitted30d: flow.submittedJobs,
      jobsServed30d: flow.servedJobs,
      spent30d: flow.spentMicro.toString(),
      earned30d: flow.earnedMicro.toString(),
      ratio: standing.ratio,
      queueWeight: QUEUE_WEIGHT,
      canSubmit: standing.canSubmit,
      hoursToServe: standing.hoursToServe,
      allowanceToday: standing.allowanceMicro.toString(),
      explanation: standing.explanation,
    };
  }
}
