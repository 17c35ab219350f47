/**
 * Is the coordinator that we reached the one that it says it is? What a node signs names the origin; a middleman under another
 * name would collect signatures that are good elsewhere. The names of the loopback interface are one place.
 */
const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]']);

export function isSameOrigin(url: string, origin: string): boolean {
  const ours = parseUrl(url);
  const theirs = parseUrl(origin);
  if (ours === undefined || theirs === undefined) return false;
  if (ours.origin === theirs.origin) return true;
  const bothLoopback = loopbackNames.has(ours.hostname) && loopbackNames.has(theirs.hostname);
  return bothLoopback && ours.protocol === theirs.protocol && ours.port === theirs.port;
}

/** True where everyone on the way can read and change what is sent. */
export function isUnprotected(url: string): boolean {
  const parsed = parseUrl(url);
  return parsed?.protocol === 'http:' && !loopbackNames.has(parsed.hostname);
}

export function parseUrl(text: string): URL | undefined {
  try {
    const url = new URL(text);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined;
  } catch {
    return undefined;
  }
}
