import type { Type } from '@nestjs/common';

const defaults = new WeakMap<object, Map<string, unknown>>();

/** Keeps the value that a query field has when it is not given. */
export function keepQueryDefault(prototype: object, name: string, value: unknown): void {
  const own = defaults.get(prototype) ?? new Map<string, unknown>();
  defaults.set(prototype, own.set(name, value));
}

/** The defaults of a query DTO class and of the classes that it extends. */
export function queryDefaults(metatype: Type<unknown> | undefined): Map<string, unknown> {
  const found = new Map<string, unknown>();
  let prototype: unknown = metatype?.prototype;
  while (typeof prototype === 'object' && prototype !== null) {
    for (const [name, value] of defaults.get(prototype) ?? []) {
      if (!found.has(name)) found.set(name, value);
    }
    prototype = Object.getPrototypeOf(prototype);
  }
  return found;
}
