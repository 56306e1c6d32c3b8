import { type ArgumentMetadata, type Type, ValidationPipe } from '@nestjs/common';
import { invalid } from '../../../domain/errors.js';
import { isObject, shapeFaults } from './body-shape.js';
import { checkedInstance } from './checked-instance.js';
import { faultsFrom } from './faults.js';
import { queryDefaults } from './query-defaults.js';

/**
 * The global pipe: turns bodies and queries into instances of their DTO classes and checks them.
 * Nothing is converted on the quiet (`"5"` is not a number); query DTOs convert with the `@Query…`
 * decorators. Unknown fields are refused.
 * @throws DomainError (`validation_failed`) with a fault for every field, by its full path
 */
export class RequestValidationPipe extends ValidationPipe {
  constructor() {
    super({
      transform: true,
      whitelist: true,
      forbidNonWhitelisted: true,
      // The exception factory needs the class that a field is unknown to, and the items of a list.
      validationError: { target: true, value: true },
      exceptionFactory: (errors) => invalid(faultsFrom(errors)),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const { type } = metadata;
    const metatype = metadata.metatype as Type<object> | undefined;
    if (!metatype || !this.toValidate(metadata)) return super.transform(value, metadata);
    if (type === 'body') return checkedBody(metatype, value);
    if (type === 'query' && isObject(value)) return this.checkedQuery(value, metatype, metadata);
    return super.transform(value, metadata);
  }

  private async checkedQuery(
    value: object,
    metatype: Type<object>,
    metadata: ArgumentMetadata,
  ): Promise<unknown> {
    const faults = shapeFaults(metatype, value);
    if (faults.length > 0) throw invalid(faults);
    const result = (await super.transform(value, metadata)) as object;
    for (const [name, fallback] of queryDefaults(metatype)) {
      if (Reflect.get(result, name) === undefined) Reflect.set(result, name, fallback);
    }
    return result;
  }

  /** The body parser has refused names that reach a prototype; Nest's way would drop harmless ones unseen. */
  protected override stripProtoKeys(): void {}
}

/** No body counts as an empty one: what is required is missing then. */
async function checkedBody(type: Type<object>, body: unknown): Promise<object> {
  const content = body ?? {};
  if (!isObject(content)) throw invalid([{ field: 'body', message: 'must be an object' }]);
  const { faults, value } = await checkedInstance(type, content);
  if (faults.length > 0) throw invalid(faults);
  return value;
}
