/**
 * `npm start`: installs and builds what is missing, then hands over to the compiled program. Plain JavaScript that needs nothing but
 * Node.js, because it runs before anything is installed.
 */
const NODE_WANTED = [20, 19];

const HELP = `npm start [-- options]

Starts a whole grid on this machine: an embedded PostgreSQL, the coordinator, three volunteers' workers and the referee. Then a
tour shows a function deployed and invoked, who ran it, what it cost, the books, and how a lying worker is caught. Then it keeps
serving until Ctrl-C.

  --exit      end after the tour; the exit code is 0 when everything that the tour says holds
  --no-tour   only serve
  --help      this text

Environment:
  PORT           where the API listens (3000)
  POTLUCK_HOME   where data, keys and logs live (.potluck)
  DATABASE_URL   a PostgreSQL 17 or newer of your own instead of the embedded one
  REDIS_URL      a Redis for hints and background work (none: PostgreSQL carries both)
  LOG_LEVEL      of the coordinator's log file (info)`;

function refuseOldNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > NODE_WANTED[0] || (major === NODE_WANTED[0] && minor >= NODE_WANTED[1])) return;
  console.error(`Potluck needs Node.js ${NODE_WANTED.join('.')} or newer; this is ${process.version}. See https://nodejs.org/`);
  process.exit(1);
}

function refuseUnknown(args) {
  const unknown = args.filter((arg) => !['--exit', '--no-tour', '--help', '-h'].includes(arg));
  if (unknown.length === 0) return;
  console.error(`Unknown option ${unknown.join(', ')}. The options are --exit, --no-tour and --help; see: npm start -- --help`);
  process.exit(2);
}

refuseOldNode();
const args = process.argv.slice(2);
refuseUnknown(args);
if (args.includes('--help') || args.includes('-h')) {
  console.log(HELP);
  process.exit(0);
}
const { install, build, PrepareError } = await import('./prepare.mjs');
try {
  await install();
  await build();
} catch (error) {
  if (!(error instanceof PrepareError)) throw error;
  console.error(`\n${error.message}`);
  process.exit(1);
}
await import('../dist/demo/main.js');
