import { Module } from '@nestjs/common';
import { PassportModule } from '@nestjs/passport';
import { LedgerModule } from '../ledger/ledger.module.js';
import { AccountDays } from './account-days.js';
import { AccountsController } from './accounts.controller.js';
import { Accounts } from './accounts.js';
import { ApiKeyStrategy } from './api-key.strategy.js';
import { ApiKeysController } from './api-keys.controller.js';
import { ApiKeys } from './api-keys.js';
import { AssignLines } from './assign-lines.js';
import { CreditLines } from './credit-lines.js';
import { DemoAccounts } from './demo-accounts.js';
import { DonateEarnings } from './donate-earnings.js';
import { FoundGrid } from './found-grid.js';
import { FreezeAccount } from './freeze-account.js';
import { FreezesController } from './freezes.controller.js';
import { GrantCredits } from './grant-credits.js';
import { GrantsController } from './grants.controller.js';
import { KeySpending } from './key-spending.js';
import { RegisterAccount } from './register-account.js';
import { TendSupply } from './tend-supply.js';
import { WriteOffDebts } from './write-off-debts.js';

@Module({
  imports: [PassportModule, LedgerModule],
  controllers: [AccountsController, ApiKeysController, FreezesController, GrantsController],
  providers: [
    Accounts,
    ApiKeys,
    ApiKeyStrategy,
    DemoAccounts,
    FoundGrid,
    FreezeAccount,
    GrantCredits,
    KeySpending,
    RegisterAccount,
    AccountDays,
    AssignLines,
    CreditLines,
    DonateEarnings,
    TendSupply,
    WriteOffDebts,
  ],
  exports: [AccountDays, Accounts, ApiKeys, AssignLines, CreditLines, KeySpending],
})
export class AccountsModule {}
