import { SetMetadata } from '@nestjs/common';

export const NOT_AUDITED = Symbol('not-audited');

/** Says that machines call the handlers of a controller about their own work: no person changes anything by them. */
export const NotAudited = (): ClassDecorator & MethodDecorator => SetMetadata(NOT_AUDITED, true);
