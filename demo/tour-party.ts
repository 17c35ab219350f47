/** Who takes part in the tour: clients for each account, and names for what the API calls by id. */
import { PotluckClient } from '#libs/client/potluck-client.js';
import { DemoError } from './demo-error.js';
import type { DemoFile } from './demo-file.js';
import type { LocalGrid } from './local-grid.js';
import type { Printout } from './printout.js';

export interface TourOptions {
  grid: LocalGrid;
  home: string;
  out: Printout;
  signal: AbortSignal;
}

/** @throws DemoError: what the tour says must be so */
export function holds(condition: boolean, words: string): asserts condition {
  if (!condition) throw new DemoError(`This should hold, and does not: ${words}`);
}

export interface PartyNode {
  nodeId: string;
  accountId: string;
  name: string;
}

export class TourParty {
  readonly developer: PotluckClient;
  readonly auditor: PotluckClient;
  readonly baseUrl: string;
  private readonly names = new Map<string, string>();
  private readonly nodes = new Map<string, PartyNode>();

  private constructor(private readonly demo: DemoFile) {
    this.baseUrl = demo.baseUrl;
    this.developer = this.clientOf(demo.developer.apiKey);
    this.auditor = this.clientOf(demo.auditor.apiKey);
    this.names.set(demo.developer.accountId, 'developer');
  }

  static async gather(demo: DemoFile): Promise<TourParty> {
    const party = new TourParty(demo);
    for (const [index, { accountId, apiKey }] of demo.volunteers.entries()) {
      const name = `volunteer ${index + 1}`;
      party.names.set(accountId, name);
      for await (const node of party.clientOf(apiKey).nodes()) party.addNode({ nodeId: node.id, accountId, name: node.name });
    }
    return party;
  }

  clientOf(apiKey: string): PotluckClient {
    return new PotluckClient({ baseUrl: this.baseUrl, apiKey });
  }

  addAccount(accountId: string, name: string): void {
    this.names.set(accountId, name);
  }

  addNode(node: PartyNode): void {
    this.nodes.set(node.nodeId, node);
  }

  nodeOf(nodeId: string): PartyNode | undefined {
    return this.nodes.get(nodeId);
  }

  /** The system's own balances have no owner. */
  nameOf(accountId: string | undefined): string {
    if (accountId === undefined) return 'the grid';
    return this.names.get(accountId) ?? accountId;
  }

  /** null: the referee. */
  nodeName(nodeId: string | null | undefined): string {
    if (!nodeId) return 'the referee';
    return this.nodes.get(nodeId)?.name ?? nodeId;
  }

  get developerId(): string {
    return this.demo.developer.accountId;
  }
}
