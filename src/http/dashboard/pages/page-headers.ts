/** How every page goes out: nothing keeps it, and nothing runs in it but the files of this origin. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join(';'),
  // Not "no-referrer": then browsers would send the forms of these very pages with the origin "null".
  'referrer-policy': 'same-origin',
};
