import { Transform } from 'class-transformer';

/**
 * Keeps a field exactly as it was sent. For everything whose inside belongs to the user (payloads, headers,
 * metadata, configurations): class-transformer's copy loses members with names such as `toString`.
 */
export function FreeForm(): PropertyDecorator {
  return Transform(({ obj, key }: { obj: Record<string, unknown>; key: string }) => obj[key], {
    toClassOnly: true,
  });
}
