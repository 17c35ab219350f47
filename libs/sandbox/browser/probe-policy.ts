/**
 * Which of the page's walls this Worker finds around itself. Content Security Policy comes with the Worker's own response, and whoever
 * serves it may have forgotten it: so it is tried, never assumed.
 */
import type { Containment } from '../containment.js';

export async function probePolicy(): Promise<Containment> {
  const layers = ['WebAssembly', 'dedicated Worker'];
  const missing = [];
  if (refusesSource()) layers.push('no code from text');
  else missing.push({ layer: 'no code from text', why: "the Worker's Content-Security-Policy allows 'unsafe-eval'" });
  if (await refusesConnections()) layers.push('no network');
  else missing.push({ layer: 'no network', why: "the Worker's Content-Security-Policy has no connect-src 'none'" });
  return { layers, missing };
}

function refusesSource(): boolean {
  try {
    new Function('');
    return false;
  } catch {
    return true;
  }
}

/** connect-src rules data: URLs too, so nothing needs to be sent to find out. */
async function refusesConnections(): Promise<boolean> {
  return fetch('data:,').then(
    () => false,
    () => true,
  );
}
