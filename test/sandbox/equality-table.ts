/** `npm run equality`: programs × hosts, by group: how many, how they end, their fuel, and one digest of all bytes and fuel for each host. */
import { createHash } from 'node:crypto';
import { javascriptRuntimeId, webassemblyRuntimeId } from '../../libs/sandbox/runtime-id.js';
import {
  type Case,
  chromiumWorker,
  differences,
  equalityCases,
  type Host,
  mainThread,
  type OpenHost,
  type Reading,
  workerThread,
} from './equality.js';

const digestOf = (readings: Reading[]): string => createHash('sha256').update(readings.join('\n')).digest('hex').slice(0, 12);

const outcomeOf = (reading: Reading): string => reading.split(' ')[0] as string;

const cases = equalityCases();
const open: OpenHost[] = [];
const hosts: Host[] = [mainThread()];
try {
  for (const start of [workerThread, chromiumWorker]) {
    const host = await start();
    open.push(host);
    hosts.push(host);
  }
  const readings: Reading[][] = [];
  for (const host of hosts) {
    process.stderr.write(`${host.name}\n`);
    readings.push(await host.read(cases));
  }
  print(readings);
} finally {
  for (const host of open) await host.stop();
}

function print(readings: Reading[][]): void {
  const groups = [...new Set(cases.map(({ group }) => group))];
  const lines = groups.map((group) => line(group, cases, readings, (one) => one.group === group));
  const all = line('all', cases, readings, () => true);
  const different = differences(cases, readings);
  process.stdout.write(`
${javascriptRuntimeId}, ${webassemblyRuntimeId}

${'group'.padEnd(20)}programs  ended                                       fuel  ${hosts.map(({ name }) => name.padEnd(15)).join('')}differences
${lines.join('\n')}
${all}
${different.length > 0 ? `\n${different.join('\n')}\n` : ''}
Each column of a host is one digest over outcome, output bytes and fuel of the group's programs in that host.
`);
  process.exitCode = different.length > 0 ? 1 : 0;
}

function line(title: string, list: readonly Case[], readings: Reading[][], isIn: (one: Case) => boolean): string {
  const places = list.flatMap((one, i) => (isIn(one) ? [i] : []));
  const of = (host: Reading[]): Reading[] => places.map((i) => host[i] as Reading);
  const here = of(readings[0] as Reading[]);
  const outcomes = new Set(here.map(outcomeOf));
  const count = (outcome: string): number => here.filter((reading) => outcomeOf(reading) === outcome).length;
  const ended =
    outcomes.size > 2 ? `${outcomes.size} outcomes` : [...outcomes].map((name) => `${count(name)} ${name}`).join(', ');
  const fuel = here.reduce((sum, reading) => sum + BigInt(reading.split(' ')[2] ?? 0), 0n);
  const different = differences(
    places.map((i) => list[i] as Case),
    readings.map(of),
  ).length;
  const digests = readings.map((host) => digestOf(of(host)).padEnd(15)).join('');
  return `${title.padEnd(20)}${String(places.length).padStart(8)}  ${ended.padEnd(30)}${fuel.toLocaleString('en').padStart(18)}  ${digests}${String(different).padStart(11)}`;
}
