/**
 * What an attacker would try who had broken out of WebAssembly and ran code of their own in the executor child, under its very start
 * arguments. Answers, for each attempt, what came of it: a value means that it worked.
 */
import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { Worker } from 'node:worker_threads';

const settle = (start) =>
  new Promise((resolve, reject) => {
    start(resolve, reject);
    setTimeout(() => reject(Object.assign(new Error('nothing happened'), { code: 'SILENCE' })), 2_000);
  });
const connectTo = (options) =>
  settle((resolve, reject) => createConnection(options, () => resolve('connected')).on('error', reject));
const run = (file, args) => {
  const { error, stdout } = spawnSync(file, args);
  if (error) throw error;
  return String(stdout);
};

const attempts = {
  'read a system file': () => readFileSync('/etc/passwd', 'utf8').slice(0, 20),
  'read the agent’s key': ({ key }) => readFileSync(key, 'utf8'),
  'read the agent’s key by a thread without permissions': ({ key }) =>
    settle((resolve, reject) => {
      const code = `require('node:worker_threads').parentPort.postMessage(require('node:fs').readFileSync(${JSON.stringify(key)}, 'utf8'))`;
      new Worker(code, { eval: true, execArgv: [] }).on('message', resolve).on('error', reject);
    }),
  'list the root': () => readdirSync('/').join(' '),
  'find out whether a file exists': ({ key }) => {
    if (existsSync(key)) return 'it does';
    throw Object.assign(new Error('not seen'), { code: 'UNSEEN' });
  },
  'write beside the code': ({ code }) => writeFileSync(`${code}/planted.js`, '1') ?? 'written',
  'write elsewhere': () => writeFileSync('/tmp/potluck-planted', '1') ?? 'written',
  'start a shell': () => run('/bin/sh', ['-c', 'echo started']),
  'start another Node.js': () => run(process.execPath, ['-p', '"started"']),
  'read the agent’s variables': () => {
    const names = Object.keys(process.env).filter((name) => name.startsWith('POTLUCK'));
    if (names.length > 0) return names.join(' ');
    throw Object.assign(new Error('empty'), { code: 'EMPTY' });
  },
  'read the agent’s environment': ({ agent }) => readFileSync(`/proc/${agent}/environ`, 'utf8').slice(0, 20),
  'signal the agent': ({ agent }) => process.kill(agent, 0) && 'reached',
  'connect to the machine itself': ({ port }) => connectTo({ host: '127.0.0.1', port }),
  'connect by a socket file': ({ socket }) => connectTo({ path: socket }),
  'fetch over HTTP': ({ port }) => fetch(`http://127.0.0.1:${port}/`).then(({ status }) => `answered ${status}`),
  'send a datagram to the network': () =>
    settle((resolve, reject) => {
      const socket = createSocket('udp4');
      socket.send('x', 53, '192.0.2.1', (error) => (error ? reject(error) : resolve('sent')));
    }),
  'see a network': () => {
    const outer = Object.entries(networkInterfaces()).filter(([, addresses]) => addresses.some(({ internal }) => !internal));
    if (outer.length > 0) return outer.map(([name]) => name).join(' ');
    throw Object.assign(new Error('none'), { code: 'NONE' });
  },
  'learn the machine’s name': ({ name }) => {
    if (hostname() === name) return name;
    throw Object.assign(new Error('another name'), { code: 'ANOTHER' });
  },
  'serve on a port of the machine': ({ report }) =>
    settle((resolve, reject) => {
      const server = createServer().on('error', reject);
      server.listen(0, '127.0.0.1', () =>
        report(server.address().port).then((seen) => (seen ? resolve('seen') : reject(new Error('unseen')))),
      );
    }),
  'load native code': () => {
    try {
      process.dlopen({ exports: {} }, '/lib/no-such-library.so');
    } catch (error) {
      // It was looked for: with the right file it would have been loaded.
      if (error.code === 'ERR_DLOPEN_FAILED') return 'looked for';
      throw error;
    }
  },
  'read the agent’s key by internals': ({ key }) => {
    const { open } = process.binding('fs');
    return `opened as ${open(key, 0, 0o666)}`;
  },
  'connect by internals': ({ port }) =>
    settle((resolve, reject) => {
      const { TCP, TCPConnectWrap, constants } = process.binding('tcp_wrap');
      const refused = (code) => reject(Object.assign(new Error('refused'), { code }));
      const request = new TCPConnectWrap();
      const socket = new TCP(constants.SOCKET);
      request.oncomplete = (status) => {
        socket.close();
        if (status === 0) resolve('connected');
        else refused(status);
      };
      const code = socket.connect(request, '127.0.0.1', port);
      if (code !== 0) refused(code);
    }),
  'take more memory than the child may have': ({ memoryBytes }) => {
    const taken = [];
    for (let bytes = 0; bytes < 2.5 * memoryBytes; bytes += 1e7) taken.push(Buffer.alloc(1e7));
    return `${taken.length * 1e7} bytes`;
  },
};

const outcomeOf = async (attempt, given) => {
  try {
    return { worked: await attempt(given) };
  } catch (error) {
    return { stopped: error.code ?? error.cause?.code ?? error.message };
  }
};

let seen = () => {};

/** Tries everything, one after the other. `say` tells the test, which answers to `serving` by `hear`. */
export async function attack(given, say) {
  const report = (port) =>
    new Promise((resolve) => {
      seen = resolve;
      say({ type: 'serving', port });
    });
  for (const [name, attempt] of Object.entries(attempts)) {
    say({ type: 'tried', name, outcome: await outcomeOf(attempt, { ...given, report }) });
  }
  say({ type: 'done' });
}

export function hear(message) {
  seen(message.seen);
}
