import type { DemoFile } from './demo-file.js';
import { primesName } from './primes.js';
import type { Printout } from './printout.js';

/** Everything that a person needs who wants to try it now. */
export function sayHowToCall(out: Printout, { baseUrl }: DemoFile, home: string): void {
  out.heading(`Serving at ${baseUrl} until Ctrl-C`);
  out.line(`  The API, to read and to try:  ${baseUrl}/docs`);
  out.line(`  The keys of the demo accounts (developer, volunteers, auditor, operator):  ${home}/demo.json`);
  out.line(`  Logs:  ${home}/coordinator.log and ${home}/workers/*.log`);
  out.line();
  out.line('  Call the function of the tour, in another terminal of this folder:');
  out.line();
  out.line(`    KEY=$(node -p 'JSON.parse(fs.readFileSync("${home}/demo.json")).developer.apiKey')`);
  out.line(`    curl -i ${baseUrl}/v1/functions/${primesName}/invoke \\`);
  out.line('      -H "Authorization: Bearer $KEY" -H "Idempotency-Key: $(date +%s%N)" \\');
  out.line(`      -H 'Content-Type: application/json' -d '{"below": 50000}'`);
  out.line();
  out.line('  Or by the command line, which finds the keys itself:');
  out.line();
  out.line(`    npx potluck invoke ${primesName} --input '{"below": 50000}'`);
  out.line();
}
