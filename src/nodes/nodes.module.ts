import { Module } from '@nestjs/common';
import { PassportModule } from '@nestjs/passport';
import { AccountsModule } from '../accounts/accounts.module.js';
import { LedgerModule } from '../ledger/ledger.module.js';
import { CosignaturesController } from './cosignatures.controller.js';
import { Cosignatures } from './cosignatures.js';
import { Enrolments } from './enrolments.js';
import { ForgetPresence } from './forget-presence.js';
import { NodeRecords } from './node-records.js';
import { NodeSignatureStrategy } from './node-signature.strategy.js';
import { NodeStanding } from './node-standing.js';
import { NodesController } from './nodes.controller.js';
import { Nodes } from './nodes.js';
import { Presence } from './presence.js';
import { RegisterNode } from './register-node.js';
import { ShowNodes } from './show-nodes.js';
import { Vouches } from './vouches.js';

@Module({
  imports: [PassportModule, AccountsModule, LedgerModule],
  controllers: [NodesController, CosignaturesController],
  providers: [
    Cosignatures,
    Enrolments,
    ForgetPresence,
    NodeRecords,
    NodeSignatureStrategy,
    NodeStanding,
    Nodes,
    Presence,
    RegisterNode,
    ShowNodes,
    Vouches,
  ],
  exports: [Cosignatures, NodeRecords, NodeStanding, Presence],
})
export class NodesModule {}
