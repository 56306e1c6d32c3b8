import { html, type Html } from './html.js';

/** Names with their values; null: there is no such thing to tell. */
export function facts(known: readonly (readonly [name: string, value: Html | string | null])[]): Html {
  return html`<section class="panel">
    <dl class="facts">
      ${known.map(
        ([name, value]) =>
          value !== null &&
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
  </section>`;
}
