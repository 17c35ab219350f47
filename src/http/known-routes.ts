/** All routes as they were registered, to tell a wrong method (405) from a wrong address (404). */
export class KnownRoutes {
  private readonly routes: { methods: string[]; pattern: RegExp }[] = [];

  add(method: string | string[], url: string): void {
    const pattern = url
      .split('/')
      .map((part) => (part === '*' ? '.*' : part.startsWith(':') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')))
      .join('/');
    this.routes.push({ methods: [method].flat(), pattern: new RegExp(`^${pattern}/?$`) });
  }

  /** What the address takes; empty where it is unknown. */
  methodsOf(url: string): string[] {
    const path = url.split('?')[0] ?? url;
    const methods = this.routes.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods: taken }) => taken);
    return [...new Set(methods)].filter((method) => method !== 'HEAD' && method !== 'OPTIONS').sort();
  }
}
