const HOST = /^(?:\*\.)?[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$|^\[[0-9a-f:.]{2,45}\]$/i;

/** What is wrong with a host that a secret may be sent to; null: nothing. */
export function hostPatternFault(pattern: string): string | null {
  return HOST.test(pattern)
    ? null
    : 'must be a host such as api.example.com, *.example.com or [::1], without scheme, port and path';
}

/** Whether a host is one of those allowed; `*.example.com` stands for every host below example.com. */
export function isAllowedHost(host: string, patterns: readonly string[]): boolean {
  const wanted = host.toLowerCase();
  return patterns.some((pattern) =>
    pattern.startsWith('*.') ? wanted.endsWith(pattern.slice(1)) : wanted === pattern,
  );
}
