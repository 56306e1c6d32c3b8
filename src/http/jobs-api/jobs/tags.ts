/** Tags as a map. A plain tag, as other dialects have, is a name with an empty text. */
export function tagsMap(tags: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    tags.map((tag) => {
      const colon = tag.indexOf(':');
      return colon < 0 ? [tag, ''] : [tag.slice(0, colon), tag.slice(colon + 1)];
    }),
  );
}

/** The tags that a map stands for: `name:text`, or the plain name where the text is empty. */
export function tagsOf(map: Readonly<Record<string, string>>): string[] {
  return Object.entries(map).map(([name, text]) => (text === '' ? name : `${name}:${text}`));
}
