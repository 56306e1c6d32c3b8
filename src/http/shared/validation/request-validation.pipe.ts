import { type ArgumentMetadata, ValidationPipe } from '@nestjs/common';
import { invalid } from '../../../domain/errors.js';
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
    if (metadata.type === 'body' && this.toValidate(metadata) && !isObjectOrAbsent(value)) {
      throw invalid([{ field: 'body', message: 'must be an object' }]);
    }
    const result: unknown = await super.transform(value, metadata);
    if (metadata.type !== 'query' || typeof result !== 'object' || result === null) return result;
    for (const [name, fallback] of queryDefaults(metadata.metatype)) {
      if (Reflect.get(result, name) === undefined) Reflect.set(result, name, fallback);
    }
    return result;
  }

  /** The body parser has refused names that reach a prototype; Nest's way would drop harmless ones unseen. */
  protected override stripProtoKeys(): void {}
}

function isObjectOrAbsent(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'object' && !Array.isArray(value));
}
