import type { Type } from '@nestjs/common';
import { validate } from 'class-validator';
import type { FieldFault } from '../../../domain/errors.js';
import { isObject, shapeFaults } from './body-shape.js';
import { shapeOf } from './dto-shape.js';
import { faultsFrom } from './faults.js';

/** A value as an instance of its class; with faults it is not to be used. */
export interface CheckedInstance<T> {
  faults: FieldFault[];
  value: T;
}

/** Makes a JSON object an instance of a DTO class and checks it by the rules of the class. Unknown fields are faults. */
export async function checkedInstance<T extends object>(
  type: Type<T>,
  content: object,
): Promise<CheckedInstance<T>> {
  const misshapen = shapeFaults(type, content);
  if (misshapen.length > 0) return { faults: misshapen, value: content as T };
  const value = instanceOf(type, content);
  const errors = await validate(value, {
    whitelist: true,
    forbidNonWhitelisted: true,
    // The messages need the class that a field is unknown to, and the items of a list.
    validationError: { target: true, value: true },
  });
  return { faults: faultsFrom(errors), value };
}

/**
 * What is nested becomes an instance of its class, too; everything else stays as it was sent. (class-transformer copies it, and
 * loses members that are named like something inherited.)
 */
function instanceOf<T extends object>(type: Type<T>, content: object): T {
  const instance = new type();
  const shape = shapeOf(type);
  for (const [name, member] of Object.entries(content)) {
    const nested = shape.get(name)?.nested;
    Reflect.defineProperty(instance, name, {
      value: nested ? nestedInstance(nested, member) : (member as unknown),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return instance;
}

function nestedInstance(type: Type<object>, content: unknown): unknown {
  if (Array.isArray(content)) return content.map((item) => nestedInstance(type, item));
  return isObject(content) ? instanceOf(type, content) : content;
}
