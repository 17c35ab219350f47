/** Refuses imports of what only Node.js has, at the line where they stand. A package of the same name, once installed, is as good as any. */
import { builtinModules } from 'node:module';
import type { OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild';

const NAMES = new Set(builtinModules);
const SEEN = Symbol('looked up as a package');

export const builtInRefusal: Plugin = {
  name: 'built-in refusal',
  setup(build) {
    build.onResolve({ filter: /^(node:|bun:|[a-z][a-z_0-9/]*$)/ }, (asked) => resolved(build, asked));
  },
};

async function resolved(build: PluginBuild, asked: OnResolveArgs): Promise<OnResolveResult | undefined> {
  const { path, importer, namespace, resolveDir, kind, pluginData } = asked;
  if (kind === 'entry-point' || pluginData === SEEN) return undefined;
  if (/^(node|bun):/.test(path)) return { errors: [{ text: refusal(path) }] };
  if (!NAMES.has(path)) return undefined;
  const found = await build.resolve(path, { importer, namespace, resolveDir, kind, pluginData: SEEN });
  return found.errors.length === 0 ? found : { errors: [{ text: refusal(path) }] };
}

const refusal = (path: string): string => `“${path}” is a Node.js built-in; a function has no files or network`;
