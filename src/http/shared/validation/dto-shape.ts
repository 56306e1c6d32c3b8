import type { Type } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';
import { nestedTypeOf } from './nested.decorator.js';

/** What the rules of a field say of its shape. */
export interface FieldShape {
  /** The class of the object in it, or of each one in its list; null: anything. */
  nested: Type<object> | null;
  isList: boolean;
  /** Items of its list at most. */
  maxItems: number;
}

const shapes = new WeakMap<Type<object>, ReadonlyMap<string, FieldShape>>();

/** The fields that a DTO class knows, its own and inherited ones. */
export function shapeOf(type: Type<object>): ReadonlyMap<string, FieldShape> {
  const known = shapes.get(type);
  if (known) return known;
  const shape = readShape(type);
  shapes.set(type, shape);
  return shape;
}

function readShape(type: Type<object>): ReadonlyMap<string, FieldShape> {
  const shape = new Map<string, FieldShape>();
  for (const rule of getMetadataStorage().getTargetValidationMetadatas(type, '', false, false)) {
    const field = shape.get(rule.propertyName) ?? { nested: null, isList: false, maxItems: Infinity };
    shape.set(rule.propertyName, field);
    const nested = nestedTypeOf(rule);
    if (nested) Object.assign(field, { nested, isList: rule.each });
    const [limit] = (rule.constraints ?? []) as unknown[];
    if (rule.name === 'arrayMaxSize') field.maxItems = Number(limit);
  }
  return shape;
}
