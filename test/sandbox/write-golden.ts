/** `npm run golden`: fixes what the present runtimes give. A file that stands there already must not change under its name. */
import { runtimeIds } from '../../libs/sandbox/runtime-id.js';
import { measureGolden, readGolden, writeGolden } from './golden.js';

for (const runtimeId of runtimeIds) {
  const before = readGolden(runtimeId);
  const golden = await measureGolden(runtimeId);
  const changed = Object.keys(before ?? {}).filter((name) => name in golden && golden[name] !== before?.[name]);
  if (changed.length > 0) {
    process.stderr.write(
      `${runtimeId} no longer gives what it gave: ${changed.join(', ')}\nAnother result is another runtime.\n`,
    );
    process.exitCode = 1;
    continue;
  }
  process.stdout.write(`${writeGolden(runtimeId, golden)}: ${Object.keys(golden).length} programs\n`);
}
