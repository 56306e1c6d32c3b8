/**
 * The delay of one occurrence: whole milliseconds in [0, jitterSeconds × 1000), spread evenly over jobs
 * and instants. The same job and nominal instant always have the same delay, on every node.
 */
export function jitterMs(jobId: string, nominal: Date, jitterSeconds: number): number {
  return Math.floor((hash32(`${jobId} ${nominal.getTime()}`) / 2 ** 32) * jitterSeconds * 1_000);
}

/** FNV-1a over UTF-16 code units, then murmur3's finaliser, since FNV alone hardly stirs the high bits. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
