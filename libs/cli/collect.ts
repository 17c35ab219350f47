/** The first `limit` values of a listing; pages beyond are never asked for. */
export async function collect<T>(values: AsyncIterable<T>, limit = 1_000): Promise<T[]> {
  const collected: T[] = [];
  if (limit === 0) return collected;
  for await (const value of values) {
    collected.push(value);
    if (collected.length >= limit) break;
  }
  return collected;
}
