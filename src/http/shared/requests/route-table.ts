/** Knows which methods a path answers, so that a wrong method is told from an unknown path. */
export class RouteTable {
  readonly #methodsByRoute = new Map<string, Set<string>>();

  /** @param url as Fastify spells routes: `/jobs/:id`, `/docs/*` */
  add(method: string | string[], url: string): void {
    const methods = this.#methodsByRoute.get(url) ?? new Set<string>();
    for (const name of [method].flat()) methods.add(name.toUpperCase());
    this.#methodsByRoute.set(url, methods);
  }

  /** The methods that `path` (without its query) answers, in alphabetical order; empty: unknown path. */
  methodsOf(path: string): string[] {
    const segments = path.split('/');
    const methods = new Set<string>();
    for (const [route, names] of this.#methodsByRoute) {
      if (matches(route.split('/'), segments)) names.forEach((name) => methods.add(name));
    }
    return [...methods].sort();
  }
}

function matches(route: readonly string[], path: readonly string[]): boolean {
  // A wildcard stands for whole subtrees (assets, preflights); it names no resource of its own.
  if (route.length !== path.length || route.includes('*')) return false;
  return route.every((segment, index) => {
    const given = path[index] ?? '';
    return segment.startsWith(':') ? given !== '' : segment === given;
  });
}
