/** Every kind of transfer is the same thing in code, in the database's rules and in the docs, and is posted by whom it says. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { balanceCodeName } from '../../src/ledger/chart.js';
import { kindRuleRows, type TransferKind, transferKinds } from '../../src/ledger/kinds.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const kinds = Object.entries(transferKinds) as [TransferKind, (typeof transferKinds)[TransferKind]][];

/** Rows of the docs' table: | `kind` | no. | debits | credits | posted by | key |. */
const documented = (readFileSync(join(root, 'docs/ledger-kinds.md'), 'utf8').split('## Kinds')[1] as string)
  .split('\n')
  .filter((line) => /^\| `[a-z_]+` \| \d+ \|/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))
  .map(([, name, code, debits, credits, postedBy]) => ({
    name,
    code: Number(code),
    debits,
    credits,
    postedBy: postedBy as string,
  }));

/** As the docs say it. */
function balances(names: readonly string[]): string {
  return names.length === 5 ? 'any but held' : [...names].join(', ');
}

describe('kinds of transfers', () => {
  it('stand in the docs with their numbers, balances and whoever posts them', () => {
    expect(documented.map(({ name, code, debits, credits }) => ({ name, code, debits, credits }))).toEqual(
      kinds.map(([name, { code, debits, credits }]) => ({ name, code, debits: balances(debits), credits: balances(credits) })),
    );
    for (const [place, [name, { postedBy }]] of kinds.entries()) {
      const words = (documented[place]?.postedBy ?? '').split(/[:,]/)[0] as string;
      expect({ name, by: words.split(' and ').map((word) => word.trim()) }).toEqual({ name, by: [...postedBy] });
    }
  });

  it('stand in the database’s rules with the same balances', () => {
    const migrations = readdirSync(join(root, 'src/ledger/migrations')).map((file) =>
      readFileSync(join(root, 'src/ledger/migrations', file), 'utf8'),
    );
    const inserted = migrations.flatMap((text) =>
      [...text.matchAll(/INSERT INTO ledger\.kind_rules VALUES([^;]+);/g)].flatMap((found) =>
        [...(found[1] as string).matchAll(/\((\d+),\s*(\d+),\s*(-?1)\)/g)].map(
          ([, kind, code, sign]) => `${kind} ${code} ${sign}`,
        ),
      ),
    );
    expect(inserted.sort()).toEqual(
      kindRuleRows()
        .map(({ kind, code, sign }) => `${kind} ${code} ${sign}`)
        .sort(),
    );
    expect(kindRuleRows().every(({ code }) => balanceCodeName(code).length > 0)).toBe(true);
  });

  it('are posted by the capabilities that may', () => {
    const names = Object.keys(transferKinds).join('|');
    const made = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts') && !file.endsWith('.dto.ts'))
      .flatMap((file) => {
        const text = readFileSync(join(root, 'src', file), 'utf8');
        if (!/\blegs\b/.test(text) || file.startsWith('ledger/')) return [];
        return [...text.matchAll(/\bkind:[^,;\n]*/g)].flatMap(([part]) =>
          [...part.matchAll(new RegExp(`'(${names})'`, 'g'))].map((found) => ({ file, kind: found[1] as TransferKind })),
        );
      });
    expect(made.length).toBeGreaterThan(8);
    const wrong = made.filter(
      ({ file, kind }) => !(transferKinds[kind].postedBy as readonly string[]).includes(file.split('/')[0] as string),
    );
    expect(wrong).toEqual([]);
  });
});
