/**
 * The balances a set of settlements draws on, read unlocked once and counted down as the set is planned, so that two settlements
 * of one set never plan with the same credit. The ledger decides at the end, under its locks.
 */
export interface PurseBalances {
  commonsMicro: bigint;
  insuranceMicro: bigint;
  stakes: ReadonlyMap<string, bigint>;
}

export class Purse {
  /** A settlement found commons short: nothing that is not owed is paid out of it any more. */
  short = false;
  private commons: bigint;
  private insurance: bigint;
  private readonly stakes: Map<string, bigint>;

  constructor(balances: PurseBalances) {
    this.commons = balances.commonsMicro;
    this.insurance = balances.insuranceMicro;
    this.stakes = new Map(balances.stakes);
  }

  get commonsMicro(): bigint {
    return this.commons;
  }

  get insuranceMicro(): bigint {
    return this.insurance;
  }

  stakeOf(owner: string): bigint {
    return this.stakes.get(owner) ?? 0n;
  }

  /** Credit (positive) or debit (negative) of commons. */
  moveCommons(amountMicro: bigint): void {
    this.commons += amountMicro;
  }

  moveInsurance(amountMicro: bigint): void {
    this.insurance += amountMicro;
  }

  moveStake(owner: string, amountMicro: bigint): void {
    this.stakes.set(owner, this.stakeOf(owner) + amountMicro);
  }
}
