/**
 * The browser's executor in Debian's Chromium: the built files behind a server of their own, under the strictest policies that they
 * are said to live with. A machine without Chromium fails the tests that need it, since CI has it.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { Containment } from '../../libs/sandbox/containment.js';
import type { CheckResult, Execution, ExecutionResult } from '../../libs/sandbox/execution.js';
import { buildBrowser } from '../../libs/sandbox/node/build-browser.js';
import { compiledPlace } from '../../libs/sandbox/node/compiled-file.js';
import type { TestPage } from './chromium-page.js';
import { fromWire, toWire } from './wire-text.js';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** What docs/threat-model.md tells operators to send. */
export const POLICIES = {
  page: "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'",
  worker: "default-src 'none'; script-src 'wasm-unsafe-eval'; connect-src 'none'",
};

const TYPES: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.wasm': 'application/wasm' };
const HTML = '<!doctype html><title>Potluck</title><script type="module" src="/chromium-page.js"></script>';

export class Chromium {
  readonly containment: Containment = { layers: [], missing: [] };

  private constructor(
    readonly page: Page,
    private readonly browser: Browser,
    private readonly server: Server,
    private readonly directory: string,
  ) {}

  static async start({ threads = 2 }: { threads?: number } = {}): Promise<Chromium> {
    if (!existsSync(CHROMIUM))
      throw new Error(`${CHROMIUM} is not there: install Debian's package chromium, or name one by CHROMIUM`);
    const directory = mkdtempSync(join(tmpdir(), 'potluck-browser-'));
    await buildBrowser(directory);
    await build({
      entryPoints: [join(compiledPlace().root, 'test', 'support', 'chromium-page.ts')],
      outdir: directory,
      bundle: true,
      platform: 'browser',
      format: 'esm',
      logLevel: 'silent',
    });
    const server = await serve(directory);
    const browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS });
    const page = await browser.newPage();
    const started = new Chromium(page, browser, server, directory);
    try {
      await started.open(threads);
    } catch (error) {
      await started.stop();
      throw error;
    }
    return started;
  }

  /** In the order they were given. */
  async run(executions: Execution[]): Promise<ExecutionResult[]> {
    const answer = await this.page.evaluate((text) => (globalThis as unknown as Shown).testPage.run(text), toWire(executions));
    return fromWire<ExecutionResult[]>(answer);
  }

  async check(execution: Execution): Promise<CheckResult> {
    const answer = await this.page.evaluate((text) => (globalThis as unknown as Shown).testPage.check(text), toWire(execution));
    return fromWire<CheckResult>(answer);
  }

  async stop(): Promise<void> {
    await this.browser.close();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Loads the page anew and starts its executor. */
  async open(threads: number): Promise<void> {
    await this.page.goto(`http://localhost:${(this.server.address() as AddressInfo).port}/`);
    await this.page.waitForFunction(() => 'testPage' in globalThis);
    const found = await this.page.evaluate(
      (count) => (globalThis as unknown as Shown).testPage.start({ threads: count }),
      threads,
    );
    Object.assign(this.containment, fromWire<Containment>(found));
  }
}

interface Shown {
  testPage: TestPage;
}

/** One Chromium for these executions alone. Whoever has more than one batch starts a Chromium and keeps it. */
export async function runInChromium(executions: Execution[], options: { threads?: number } = {}): Promise<ExecutionResult[]> {
  const started = await Chromium.start(options);
  try {
    return await started.run(executions);
  } finally {
    await started.stop();
  }
}

async function serve(directory: string): Promise<Server> {
  const server = createServer((request, response) => {
    const name = (request.url ?? '/').slice(1);
    const isWorker = name === 'guest-worker.js';
    response.setHeader('content-security-policy', isWorker ? POLICIES.worker : POLICIES.page);
    if (name === '') return response.setHeader('content-type', 'text/html').end(HTML);
    if (!/^[a-z-]+\.(js|wasm)$/.test(name) || !existsSync(join(directory, name))) return response.writeHead(404).end();
    response.setHeader('content-type', TYPES[extname(name)] as string).end(readFileSync(join(directory, name)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
