const METADATA_NAMES: ReadonlySet<string> = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'metadata.azure.internal',
  'metadata.tencentyun.com',
  'metadata.packet.net',
  'metadata.platformequinix.com',
  'instance-data',
  'instance-data.ec2.internal',
  'rancher-metadata',
]);

const LOOPBACK_NAMES: ReadonlySet<string> = new Set([
  'localhost',
  'localhost.localdomain',
  'localhost6',
  'localhost6.localdomain6',
  'ip6-localhost',
  'ip6-loopback',
]);

/** What a loopback name stands for, whatever a resolver says (RFC 6761, 6.3). */
export const LOOPBACK_ADDRESSES: readonly string[] = ['127.0.0.1', '::1'];

/** Names of cloud metadata services: refused before anything is resolved. */
export function isMetadataName(hostname: string): boolean {
  return METADATA_NAMES.has(canonical(hostname));
}

/** `localhost`, names below it, and its usual aliases. */
export function isLoopbackName(hostname: string): boolean {
  const name = canonical(hostname);
  return LOOPBACK_NAMES.has(name) || name.endsWith('.localhost');
}

/** Names compare without case and without the dots that make them absolute. */
function canonical(hostname: string): string {
  return hostname.toLowerCase().replace(/\.+$/, '');
}
