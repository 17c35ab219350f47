/** What a volunteer's program gets of our environment: no database, no keys; its token not by the command line, which all can read. */
export function workerEnvironment(token: string | null): Record<string, string | undefined> {
  const { PATH, HOME, TMPDIR, LANG, TZ, NODE_EXTRA_CA_CERTS, SystemRoot } = process.env;
  return { PATH, HOME, TMPDIR, LANG, TZ, NODE_EXTRA_CA_CERTS, SystemRoot, POTLUCK_ENROL: token ?? undefined };
}
