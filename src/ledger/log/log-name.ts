/** What the log calls itself, in the first line of its checkpoints and as the name of its key: its address without the scheme. */
export function logName(publicOrigin: string): string {
  return `${publicOrigin.replace(/^https?:\/\//, '')}/v1/log`;
}
