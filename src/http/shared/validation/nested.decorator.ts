import { applyDecorators, type Type } from '@nestjs/common';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsObject, ValidateNested } from 'class-validator';

/** A class that is not defined yet where its name is needed. */
type TypeOf = () => Type<object>;

/** Told to `nestedTypeOf` by way of class-validator, whose rules follow a class into those that are derived from it. */
interface NestedContext {
  nestedType: TypeOf;
}

/** A field that holds one object of another DTO class. */
export function NestedObject(type: TypeOf): PropertyDecorator {
  return applyDecorators(
    IsObject(),
    ValidateNested({ context: { nestedType: type } satisfies NestedContext }),
  );
}

/** A field that holds a list of objects of another DTO class. @param size how many; `min` is 0 by default */
export function NestedList(type: TypeOf, { min = 0, max }: { min?: number; max: number }): PropertyDecorator {
  return applyDecorators(
    IsArray(),
    ArrayMinSize(min),
    ArrayMaxSize(max),
    ValidateNested({ each: true, context: { nestedType: type } satisfies NestedContext }),
  );
}

/** The class that a rule of class-validator nests; undefined for every other rule. */
export function nestedTypeOf({ context }: { context?: unknown }): Type<object> | undefined {
  return (context as Partial<NestedContext> | undefined)?.nestedType?.();
}
