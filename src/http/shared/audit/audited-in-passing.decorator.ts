import { SetMetadata } from '@nestjs/common';

export const AUDITED_IN_PASSING = Symbol('audited-in-passing');

/**
 * Says that a handler changes no definition and is called so often that its answer does not wait for the audit
 * entry, as triggering a job: the execution itself says who asked for it.
 */
export const AuditedInPassing = (): MethodDecorator => SetMetadata(AUDITED_IN_PASSING, true);
