import { SetMetadata } from '@nestjs/common';

export const READS_ONLY = Symbol('reads-only');

/** Says that a handler changes nothing although it is not a GET (a preview, a search): viewers may call it. */
export const ReadsOnly = (): MethodDecorator => SetMetadata(READS_ONLY, true);
