/** The port is looked at before anything is started: a database that starts and stops again explains nothing. */
import { createServer } from 'node:net';
import { DemoError } from './demo-error.js';

export function readPort(text: string | undefined): number {
  if (text === undefined || text === '') return 3000;
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new DemoError(`PORT must be a whole number from 1 to 65535, not ${JSON.stringify(text)}.`);
}

/** @throws DemoError when nobody could listen there, or somebody else would answer for `localhost` */
export async function checkPort(port: number, host = '0.0.0.0'): Promise<void> {
  for (const address of [host, '127.0.0.1', '::1']) {
    const code = await refusal(port, address);
    if (code === 'EADDRINUSE') {
      const other = port === 3000 ? 3100 : port + 1;
      throw new DemoError(`Port ${port} is taken. Stop what listens there, or choose another: PORT=${other} npm start`);
    }
    if (code === 'EACCES')
      throw new DemoError(`Port ${port} needs rights that this user does not have. Set PORT to 1024 or above.`);
    if (code !== undefined && address === host)
      throw new DemoError(`Nobody can listen on ${host}:${port} here (${code}). Set HOST or PORT.`);
  }
}

/** Why listening there fails; undefined when it does not. A machine may have no IPv6. */
function refusal(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
