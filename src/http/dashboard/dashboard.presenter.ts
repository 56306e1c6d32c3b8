import { STATUS_CODES } from 'node:http';
import type { DescribedError } from '../shared/errors/described-error.js';
import {
  isUnder,
  type ErrorPresenter,
  type FailedRequest,
  type PresentedError,
} from '../shared/errors/error-presenter.js';
import { html } from './pages/html.js';
import { plainPage } from './pages/layout.js';
import { PAGE_HEADERS } from './pages/page-headers.js';
import { DASHBOARD, LOGIN } from './path.js';

const { 'content-type': CONTENT_TYPE = '', ...HEADERS } = PAGE_HEADERS;

/** Errors of the dashboard as pages; who is not signed in is led to the login page. */
export class DashboardPresenter implements ErrorPresenter {
  matches(path: string): boolean {
    return isUnder(DASHBOARD, path);
  }

  present(error: DescribedError, { id }: FailedRequest): PresentedError {
    const { kind, status, message, headers } = error;
    if (kind === 'unauthenticated')
      return { status: 302, contentType: CONTENT_TYPE, headers: { ...HEADERS, location: LOGIN }, body: '' };
    const title = STATUS_CODES[status] ?? 'Error';
    const body = plainPage(
      title,
      html`<h1>${title}</h1>
        <p class="refusal">${message}</p>
        ${kind === 'internal' && html`<p class="hint">Request id: <code>${id}</code></p>`}
        <p><a href="${DASHBOARD}">To the dashboard</a></p>`,
    );
    return { status, contentType: CONTENT_TYPE, headers: { ...headers, ...HEADERS }, body: body.text };
  }
}
