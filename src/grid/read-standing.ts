/** Where an account stands between serving and submitting. Kept for some seconds: whoever asks in a loop reads the books once. */
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DataSource } from 'typeorm';
import { chargeOf } from '#libs/credits/price.js';
import { type Standing, standingOf } from '#libs/credits/standing.js';
import { AccountDays, type AccountFlow } from '../accounts/account-days.js';
import { CreditLines } from '../accounts/credit-lines.js';
import { dateOf, dayOf } from '../accounts/utc-days.js';
import { type AccountBalances, Ledger } from '../ledger/ledger.js';
import { Settings } from '../settings/settings.js';
import { MedianUnit } from '../verifier/median-unit.js';
import { Allowances } from './allowances.js';

const KNOWN_FOR_MS = 3_000;
const DAYS = 30;
const RATE_DAYS = 7;
const HALF_MINUTES_PER_HOUR = 120n;

export interface AccountStanding extends Standing {
  balances: AccountBalances;
  lineMicro: bigint;
  flow: AccountFlow;
  allowanceMicro: bigint;
}

@Injectable()
export class ReadStanding {
  private readonly known = new LRUCache<string, Promise<AccountStanding>>({ max: 10_000, ttl: KNOWN_FOR_MS });

  constructor(
    private readonly dataSource: DataSource,
    private readonly ledger: Ledger,
    private readonly accountDays: AccountDays,
    private readonly creditLines: CreditLines,
    private readonly allowances: Allowances,
    private readonly medianUnit: MedianUnit,
    private readonly settings: Settings,
  ) {}

  of(accountId: string): Promise<AccountStanding> {
    let standing = this.known.get(accountId);
    if (!standing) {
      standing = this.read(accountId, new Date());
      this.known.set(accountId, standing);
      standing.catch(() => this.known.delete(accountId));
    }
    return standing;
  }

  private async read(accountId: string, now: Date): Promise<AccountStanding> {
    const { assurances } = this.settings.policy;
    const balances = (await this.ledger.balances([accountId])).get(accountId) ?? {
      availableMicro: 0n,
      heldMicro: 0n,
      stakeMicro: 0n,
      frozen: false,
    };
    const lineMicro = (await this.creditLines.of([accountId])).get(accountId) ?? 0n;
    const flow = await this.accountDays.ofAccount(accountId, dayOf(now) - DAYS);
    const standing = standingOf({
      availableMicro: balances.availableMicro,
      lineMicro,
      jobMicro: chargeOf(this.medianUnit.current(), assurances.standard.rateHundredths),
      ...flow,
      earnedPerHourMicro: await this.earnedPerHour(accountId, now),
    });
    return { ...standing, balances, lineMicro, flow, allowanceMicro: await this.latestAllowance(accountId) };
  }

  /** Of the last week, by the hours that its nodes answered in. */
  private async earnedPerHour(accountId: string, now: Date): Promise<bigint | undefined> {
    const [row]: { half_minutes: string }[] = await this.dataSource.query(
      `SELECT coalesce(sum(bit_count(p.beats)), 0) AS half_minutes FROM nodes n JOIN presence_hours p ON p.node_id = n.id
       WHERE n.account_id = $1 AND p.hour >= $2`,
      [accountId, dateOf(dayOf(now) - RATE_DAYS)],
    );
    const halfMinutes = BigInt(row?.half_minutes ?? 0);
    if (halfMinutes === 0n) return undefined;
    const { earnedMicro } = await this.accountDays.ofAccount(accountId, dayOf(now) - RATE_DAYS);
    return (earnedMicro * HALF_MINUTES_PER_HOUR) / halfMinutes;
  }

  private async latestAllowance(accountId: string): Promise<bigint> {
    const [latest] = await this.allowances.days(1);
    if (!latest) return 0n;
    const [row]: { allowance: string }[] = await this.dataSource.query(
      'SELECT issued_micro + donated_micro AS allowance FROM allowances WHERE day = $1 AND account_id = $2',
      [dateOf(latest.day), accountId],
    );
    return BigInt(row?.allowance ?? 0);
  }
}
