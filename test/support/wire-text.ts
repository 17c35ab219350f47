/** Executions and their results as text, bytes and bigints included: between this process and a page of a browser. */

type Tagged = { $bytes: number[] } | { $bigint: string };

export function toWire(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (part instanceof Uint8Array) return { $bytes: [...part] };
    if (typeof part === 'bigint') return { $bigint: part.toString() };
    return part;
  });
}

export function fromWire<T>(text: string): T {
  return JSON.parse(text, (_key, part: unknown) => {
    if (typeof part !== 'object' || part === null) return part;
    const tagged = part as Partial<Record<keyof (Tagged & object), never>> & { $bytes?: number[]; $bigint?: string };
    if (tagged.$bytes) return new Uint8Array(tagged.$bytes);
    return tagged.$bigint === undefined ? part : BigInt(tagged.$bigint);
  }) as T;
}
