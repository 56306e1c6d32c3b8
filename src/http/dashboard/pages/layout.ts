import { ASSETS, DASHBOARD, EXECUTIONS, JOBS, LOGOUT } from '../path.js';
import { html, type Html } from './html.js';

/** The parts of the dashboard that the bar at the top leads to. */
export type Section = 'overview' | 'executions' | 'jobs';

const SECTIONS: readonly { section: Section; name: string; path: string }[] = [
  { section: 'overview', name: 'Overview', path: DASHBOARD },
  { section: 'executions', name: 'Executions', path: EXECUTIONS },
  { section: 'jobs', name: 'Jobs', path: JOBS },
];

/** Seconds after which a page that shows live numbers loads anew where scripts are off. */
const RELOAD_SECONDS = 10;

/** A page for somebody who is signed in. */
export interface PageParts {
  title: string;
  section: Section;
  /** Who is signed in. */
  subject: string;
  /** It shows what changes: the parts that are marked `data-live` are renewed while somebody looks. */
  live?: boolean;
  body: Html;
}

/** A whole page with the bar at the top. */
export function page({ title, section, subject, live = false, body }: PageParts): Html {
  return frame(
    title,
    live,
    html`<header class="bar">
        <a class="brand" href="${DASHBOARD}">${LOGO}<span>Carillon</span></a>
        <nav aria-label="Sections">
          ${SECTIONS.map(
            (item) =>
              html`<a href="${item.path}" ${item.section === section && html`aria-current="page"`}
                >${item.name}</a
              >`,
          )}
          <a href="/docs">API docs</a>
        </nav>
        <form class="who" method="post" action="${LOGOUT}">
          <span title="Signed in as">${subject}</span>
          <button type="submit">Sign out</button>
        </form>
      </header>
      <main>${body}</main>
      <footer>
        All times are UTC. The dashboard only reads; jobs and executions are changed through the
        <a href="/docs">API</a>.
      </footer>`,
  );
}

/** A small page for somebody who may not be signed in. */
export function plainPage(title: string, body: Html): Html {
  return frame(
    title,
    false,
    html`<main class="plain">
      <a class="brand" href="${DASHBOARD}">${LOGO}<span>Carillon</span></a>
      ${body}
    </main>`,
  );
}

const LOGO = html`<img src="${ASSETS}/icon.svg" alt="" width="26" height="26" />`;

function frame(title: string, live: boolean, body: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>${title} · Carillon</title>
        <link rel="icon" href="${ASSETS}/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="${ASSETS}/dashboard.css" />
        ${
          live &&
          html`<script type="module" src="${ASSETS}/live.mjs"></script>
            <noscript><meta http-equiv="refresh" content="${RELOAD_SECONDS}" /></noscript>`
        }
      </head>
      <body>
        ${body}
      </body>
    </html> `;
}
