import type { Type } from '@nestjs/common';
import type { FieldFault } from '../../../domain/errors.js';
import { type FieldShape, shapeOf } from './dto-shape.js';

/** A hostile body must not produce a long answer. */
const MAX_FAULTS = 50;

/**
 * What is wrong with the shape of a value: objects and lists where the other belongs, lists that are too long, and unknown
 * fields with the name of something that every object inherits, such as `toString`. Looked at before anything else:
 * class-validator takes all of these for harmless, and would look at each item of the longest list.
 */
export function shapeFaults(type: Type<object>, value: object): FieldFault[] {
  const faults: FieldFault[] = [];
  inspectObject(type, value, '', faults);
  return faults.slice(0, MAX_FAULTS);
}

function inspectObject(type: Type<object>, value: object, path: string, faults: FieldFault[]): void {
  const shape = shapeOf(type);
  for (const [name, content] of Object.entries(value)) {
    if (faults.length >= MAX_FAULTS) return;
    const field = shape.get(name);
    const at = path === '' ? name : `${path}.${name}`;
    if (field) inspectField(field, content, at, faults);
    else if (name in Object.prototype) faults.push({ field: at, message: 'is not a known field' });
  }
}

function inspectField(
  { nested, isList, maxItems }: FieldShape,
  content: unknown,
  path: string,
  faults: FieldFault[],
): void {
  if (content === null) return;
  if (Array.isArray(content) && content.length > maxItems)
    faults.push({ field: path, message: `must contain no more than ${maxItems} elements` });
  else if (nested && !isList) inspectNested(nested, content, path, faults);
  else if (nested && Array.isArray(content))
    content.forEach((item, index) => inspectNested(nested, item, `${path}.${index}`, faults));
}

function inspectNested(type: Type<object>, content: unknown, path: string, faults: FieldFault[]): void {
  if (isObject(content)) inspectObject(type, content, path, faults);
  else faults.push({ field: path, message: 'must be an object' });
}

/** Whether a JSON value is an object, and no list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
