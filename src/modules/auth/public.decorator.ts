import { SetMetadata } from '@nestjs/common';

export const IS_PUBLIC = Symbol('public');

/** Opens a controller or a handler to callers without a token. Everything else is closed. */
export const Public = (): ClassDecorator & MethodDecorator => SetMetadata(IS_PUBLIC, true);
