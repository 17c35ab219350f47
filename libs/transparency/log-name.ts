/** A log is named after its grid: the origin without its scheme, and the path. `https://grid.example.org` has `grid.example.org/v1/log`. */
export function logNameOf(origin: string): string {
  return `${origin.replace(/^[a-z]+:\/\//, '').replace(/\/+$/, '')}/v1/log`;
}
