/** What a command may touch of the outside world; tests give their own. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  outBytes(bytes: Uint8Array): void;
  readStdin(): Promise<Uint8Array>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
  /** A person is watching standard output. */
  readonly isInteractive: boolean;
  readonly fetch?: typeof fetch;
}

export function processTerminal(): Terminal {
  return {
    out: (text) => void process.stdout.write(`${text}\n`),
    err: (text) => void process.stderr.write(`${text}\n`),
    outBytes: (bytes) => void process.stdout.write(bytes),
    readStdin: async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks);
    },
    env: process.env,
    directory: process.cwd(),
    isInteractive: process.stdout.isTTY === true,
  };
}
