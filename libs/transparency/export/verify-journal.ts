/**
 * The journal of an export, file after file, line after line, in flat memory: each line well-formed, each transfer the leaf that the
 * log has under its index, every balance's chain unbroken, nothing missing, twice or out of order.
 */
import { createHash } from 'node:crypto';
import { BalanceChains, type Violation } from './balance-chains.js';
import type { ExportedFile, ExportManifest } from './export-manifest.js';
import { type Bytes, type Line, readLines } from './export-source.js';
import type { Fault, FaultCode, Faults } from './fault.js';
import { type HeaderLine, type JournalLine, LineError, leafHashOf, parseJournalLine, type TransferLine } from './journal-line.js';
import { LeafCoverage } from './leaf-coverage.js';
import type { LeafTiles } from './verify-tree.js';

interface OpenFile {
  path: string;
  line: number;
  hasHeader: boolean;
  hasEnd: boolean;
  isCut: boolean;
  transfers: number;
  firstId: string | null;
  lastId: string | null;
}

export class JournalCheck {
  readonly chains = new BalanceChains();
  readonly coverage: LeafCoverage;
  transfers = 0;
  firstAt: string | null = null;
  lastAt: string | null = null;
  private files = 0;
  private range: Pick<HeaderLine, 'from' | 'to'> | undefined;
  /** Where the running part begins, and its tree. */
  part = { start: 0, treeSize: 0 };
  private place = { day: '', index: -1 };

  constructor(
    private readonly manifest: ExportManifest,
    private readonly tiles: LeafTiles | undefined,
    private readonly faults: Faults,
    private readonly onProgress: (transfers: number) => void,
  ) {
    this.coverage = new LeafCoverage(manifest.from === null);
  }

  async readFile(entry: ExportedFile, bytes: Bytes): Promise<void> {
    const digest = createHash('sha256');
    const file: OpenFile = {
      path: entry.path,
      line: 0,
      hasHeader: false,
      hasEnd: false,
      isCut: false,
      transfers: 0,
      firstId: null,
      lastId: null,
    };
    for await (const lines of readLines(bytes, (chunk) => digest.update(chunk))) {
      for (const line of lines) await this.readLine(file, line);
      this.onProgress(this.transfers);
    }
    this.files += 1;
    this.finishFile(file, entry, `sha256:${digest.digest('hex')}`);
  }

  private async readLine(file: OpenFile, { text, isEnded }: Line): Promise<void> {
    file.line += 1;
    if (file.hasEnd) return this.fault('malformed', file, 'there is more after the end line');
    let line: JournalLine;
    try {
      line = parseJournalLine(text);
    } catch (error) {
      if (!(error instanceof LineError)) throw error;
      if (!isEnded) file.isCut = true;
      return this.fault(
        isEnded ? 'malformed' : 'truncated',
        file,
        isEnded ? error.message : 'the file ends in the middle of this line',
      );
    }
    if ((line.type === 'header') === file.hasHeader) {
      return this.fault('malformed', file, file.hasHeader ? 'a second header' : 'the file does not begin with its header');
    }
    if (line.type === 'header') return this.readHeader(file, line);
    if (line.type === 'transfer') return this.readTransfer(file, line);
    file.hasEnd = true;
    if (line.transfers === file.transfers) return;
    const [said, found] = [line.transfers, file.transfers];
    this.fault(found < said ? 'truncated' : 'edited', file, `the end line counts ${said} transfers, the file has ${found}`);
  }

  private readHeader(file: OpenFile, header: HeaderLine): void {
    file.hasHeader = true;
    const { manifest, part } = this;
    this.range ??= { from: header.from, to: header.to };
    if (header.origin !== manifest.origin) this.fault('wrong_origin', file, `of ${header.origin}, not of ${manifest.origin}`);
    const { from, to } = this.range;
    // The API writes a day as a moment, so that the manifest's own words may differ; whether there is a bound may not.
    const isBounded = (manifest.from !== null) === (from !== null) && (manifest.to !== null) === (to !== null);
    if (header.from !== from || header.to !== to || !isBounded) {
      this.fault(
        'edited',
        file,
        `a file for ${header.from} to ${header.to}, in an export for ${manifest.from} to ${manifest.to}`,
      );
    }
    if (header.treeSize < part.treeSize) this.fault('reordered', file, `a file of the earlier tree of ${header.treeSize} leaves`);
    if (header.treeSize > part.treeSize) {
      if (header.after !== part.treeSize) {
        this.fault(
          'wrong_tree_size',
          file,
          `a part that goes on after leaf ${header.after}, where the one before ended at ${part.treeSize}`,
        );
      }
      this.part = { start: part.treeSize, treeSize: header.treeSize };
      this.place = { day: '', index: -1 };
    }
    if (this.files === 0 && manifest.from !== null) return this.chains.begin(header.openings);
    for (const { detail } of this.chains.compare(header.openings)) this.fault('broken_chain', file, detail);
  }

  private async readTransfer(file: OpenFile, transfer: TransferLine): Promise<void> {
    this.transfers += 1;
    file.transfers += 1;
    file.firstId ??= transfer.id;
    file.lastId = transfer.id;
    this.firstAt ??= transfer.createdAt;
    this.lastAt = transfer.createdAt;
    const alone = this.chains.checkAlone(transfer);
    const following = this.chains.advance(transfer);
    const isLogged = await this.isLogged(file, transfer);
    if (isLogged === undefined) return;
    this.checkPlace(file, transfer, isLogged);
    if (!isLogged) {
      const all = [...alone, ...following];
      const detail = ['its leaf hash is not the one that the log has at this index', ...all.map((one) => one.detail)].join('; ');
      return this.faultOf('edited', file, transfer, { detail, differs: ['hash', ...namesOf(all)] });
    }
    this.violations('unbalanced', file, transfer, alone);
    this.violations('broken_chain', file, transfer, following);
  }

  /** undefined: it cannot be compared, and why is already said. */
  private async isLogged(file: OpenFile, transfer: TransferLine): Promise<boolean | undefined> {
    const { tiles } = this;
    if (tiles === undefined) return true;
    if (transfer.index >= Math.min(this.part.treeSize, tiles.size) || transfer.index < this.part.start) {
      const detail = `index ${transfer.index} is not within this part, from ${this.part.start} to ${Math.min(this.part.treeSize, tiles.size)}`;
      this.faultOf('wrong_tree_size', file, transfer, { detail });
      return undefined;
    }
    const logged = await tiles.hashAt(transfer.index);
    return logged === undefined ? true : leafHashOf(transfer).equals(logged);
  }

  private checkPlace(file: OpenFile, transfer: TransferLine, isLogged: boolean): void {
    const { index } = transfer;
    const day = transfer.createdAt.slice(0, 10);
    const seen = this.coverage.see(index, isLogged ? BigInt(transfer.id) : undefined);
    if (seen === 'repeated') {
      this.faultOf('duplicated', file, transfer, { detail: `leaf ${index} stands here for the second time` });
    } else if (!isLogged) {
      // What was edited says nothing about the order of the rest.
      return;
    } else if (day < this.place.day || (day === this.place.day && index <= this.place.index)) {
      const detail = `leaf ${index} of ${day} stands behind leaf ${this.place.index} of ${this.place.day}`;
      this.faultOf('reordered', file, transfer, { detail });
    } else if (seen === 'out_of_order') {
      this.faultOf('reordered', file, transfer, {
        detail: `number ${transfer.id} does not fit leaf ${index}: the log is in order of numbers`,
      });
    }
    if (day >= this.place.day) this.place = { day, index };
  }

  private finishFile(file: OpenFile, entry: ExportedFile, digest: string): void {
    const isTruncated = !file.hasEnd;
    if (isTruncated && !file.isCut) this.fault('truncated', file, 'the file has no end line: it was cut');
    if (!isTruncated && (file.firstId !== entry.firstId || file.lastId !== entry.lastId || file.transfers !== entry.transfers)) {
      const said = `${entry.transfers} transfers, ${entry.firstId} to ${entry.lastId}`;
      const found = `${file.transfers}, ${file.firstId} to ${file.lastId}`;
      this.faults.add({ code: 'digest_mismatch', file: file.path, detail: `the manifest says ${said}; the file has ${found}` });
    }
    // A cut file has another digest too; that it was cut says more.
    if (digest === entry.sha256 || isTruncated) return;
    this.faults.add({
      code: 'digest_mismatch',
      file: file.path,
      detail: `its digest is ${digest}, the manifest says ${entry.sha256}`,
    });
  }

  private violations(code: FaultCode, file: OpenFile, transfer: TransferLine, found: Violation[]): void {
    if (found.length === 0) return;
    this.faultOf(code, file, transfer, { detail: found.map(({ detail }) => detail).join('; '), differs: namesOf(found) });
  }

  private faultOf(code: FaultCode, file: OpenFile, { index, id }: TransferLine, about: Pick<Fault, 'detail' | 'differs'>): void {
    this.faults.add({ code, file: file.path, line: file.line, index, transferId: id, ...about });
  }

  private fault(code: FaultCode, file: OpenFile, detail: string): void {
    this.faults.add({ code, file: file.path, line: file.line, detail });
  }
}

const namesOf = (violations: Violation[]): string[] => [...new Set(violations.map(({ differs }) => differs))];
