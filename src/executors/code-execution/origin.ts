/** The origin that the text names and nothing beside it (no path, query, user info), or null. */
export function originOf(text: unknown): string | null {
  if (typeof text !== 'string' || !URL.canParse(text)) return null;
  const url = new URL(text);
  const isHttp = url.protocol === 'http:' || url.protocol === 'https:';
  const isBare = url.pathname === '/' && !url.username && !url.password && !/[?#*\s\\]/.test(text);
  return isHttp && isBare ? url.origin : null;
}
