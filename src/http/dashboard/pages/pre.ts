import type { Json } from '../../../domain/execution/outcome.js';
import { count } from './format.js';
import { html, type Html } from './html.js';

/** Characters of a value that are shown; the API has all of it. */
const MOST_SHOWN = 20_000;

/** A value as text, cut where it is too long. */
export function pre(value: Json): Html {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  return html`<pre>${text.slice(0, MOST_SHOWN)}</pre>
    ${
      text.length > MOST_SHOWN &&
      html`<p class="hint">
        The first ${count(MOST_SHOWN)} of ${count(text.length)} characters; the API answers all of them.
      </p>`
    }`;
}
