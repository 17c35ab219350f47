/**
 * What a clone needs before it can run: packages and a build. Each step is skipped when there is nothing to do, shows that it is
 * alive while it works, and says what to do when it fails. Importing this file does nothing.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** A sign of life at least this often: a minute of silence looks like a hang. */
const SIGN_OF_LIFE_MS = 10_000;
const SOURCES = ['src', 'libs', 'demo', 'test/bench', 'test/support'];
const SETTINGS = ['package.json', 'nest-cli.json', 'tsconfig.json', 'tsconfig.build.json'];
const BUILT = ['dist/src/main.js', 'dist/libs/cli/potluck.js', 'dist/demo/main.js'];

/** Its message is for the person who started us. */
export class PrepareError extends Error {}

/** Brings node_modules to what package-lock.json names. */
export async function install() {
  if (isInstalled()) return;
  const npm = npmCommand();
  const flags = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const { code, output, missing } = await run('Installing packages (npm ci)', npm[0], [...npm.slice(1), ...flags]);
  if (missing)
    throw new PrepareError('npm is not on the PATH: it comes with Node.js; install Node.js whole, or run `npm ci` yourself');
  if (code !== 0) throw new PrepareError(`Installing the packages failed.\n${tail(output)}\n\n${adviceFor(output)}`);
}

/** Compiles to dist where a source is newer than what is there. */
export async function build() {
  if (isBuilt()) return;
  const nest = join(root, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
  const { code, output } = await run('Building (nest build)', process.execPath, [nest, 'build']);
  if (code === 0 && BUILT.every((path) => existsSync(join(root, path)))) return;
  // What a failed build leaves behind must not pass for a good one next time.
  for (const path of BUILT) rmSync(join(root, path), { force: true });
  throw new PrepareError(`The build failed.\n${tail(output)}`);
}

/** Every package that the lock file asks for on this kind of machine is there in the version it names. */
function isInstalled() {
  try {
    const { packages: wanted } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
    const { packages: present } = JSON.parse(readFileSync(join(root, 'node_modules', '.package-lock.json'), 'utf8'));
    return Object.entries(wanted).every(
      ([path, entry]) => path === '' || entry.optional || entry.link || present[path]?.version === entry.version,
    );
  } catch {
    return false;
  }
}

function isBuilt() {
  try {
    const builtAt = Math.min(...BUILT.map((path) => statSync(join(root, path)).mtimeMs));
    const sources = [...SOURCES, ...SETTINGS].map((path) => join(root, path)).filter((path) => existsSync(path));
    return sources.every((path) => newestAt(path) <= builtAt);
  } catch {
    return false;
  }
}

/** A folder's own time counts too: it changes when a file is removed. */
function newestAt(path) {
  const entry = statSync(path);
  if (!entry.isDirectory()) return /\.spec\.[cm]?ts$/.test(path) ? 0 : entry.mtimeMs;
  return readdirSync(path).reduce((newest, name) => Math.max(newest, newestAt(join(path, name))), entry.mtimeMs);
}

/** The npm that started us, else the one on the PATH. */
function npmCommand() {
  const own = process.env.npm_execpath;
  if (own && /npm-cli\.c?js$/.test(own)) return [process.execPath, own];
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm'];
}

function run(title, command, args) {
  const startedAt = Date.now();
  const seconds = () => `${Math.round((Date.now() - startedAt) / 1000)} s`;
  console.log(`${title} …`);
  const alive = setInterval(() => console.log(`  still at it, ${seconds()}`), SIGN_OF_LIFE_MS);
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output = (output + text).slice(-20_000);
      });
    }
    const finish = (result) => {
      clearInterval(alive);
      if (result.code === 0) console.log(`  done in ${seconds()}`);
      resolve({ output, ...result });
    };
    child.once('error', (error) => finish({ code: 1, missing: error.code === 'ENOENT', output: `${output}\n${error.message}` }));
    child.once('close', (code) => finish({ code }));
  });
}

const tail = (output) => output.trim().split('\n').slice(-15).join('\n');

/** npm's codes in words that say what to do. */
function adviceFor(output) {
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT|ENOTCACHED/.test(output))
    return 'The package registry cannot be reached. Check the network and, behind a proxy, HTTPS_PROXY or `npm config set registry …`; then start again.';
  if (/SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|CERT_/.test(output))
    return 'The registry’s certificate is not trusted here. Behind an inspecting proxy point NODE_EXTRA_CA_CERTS to its certificate.';
  if (/ENOSPC/.test(output)) return 'The disk is full: about 500 MB are needed.';
  if (/EACCES|EPERM|EROFS/.test(output))
    return `This user may not write to ${root} or to npm’s cache. Take a clone of your own, or set npm_config_cache to a folder you may write to.`;
  if (/EUSAGE|in sync/.test(output)) return 'package.json and package-lock.json do not agree: take both from the same commit.';
  return 'Run `npm ci` to see the whole of it.';
}
