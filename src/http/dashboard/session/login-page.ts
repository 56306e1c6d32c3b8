import { html, type Html } from '../pages/html.js';
import { plainPage } from '../pages/layout.js';
import { DASHBOARD, LOGIN } from '../path.js';

/** The form that takes a token. @param refusal why the last one was not taken */
export function loginPage(refusal: string | null): Html {
  return plainPage(
    'Sign in',
    html`<h1>Sign in</h1>
      ${refusal !== null && html`<p class="refusal" role="alert">${refusal}</p>`}
      <form class="login" method="post" action="${LOGIN}">
        <label for="token">Access token of an administrator</label>
        <input
          id="token"
          name="token"
          type="password"
          autocomplete="off"
          spellcheck="false"
          required
          autofocus
        />
        <button type="submit">Sign in</button>
      </form>
      <p class="hint">
        The one that the API takes: from your identity provider, or from
        <code>npm run --silent token -- --role admin --sub you</code>. The session ends with the token, after
        eight hours at most.
      </p>
      <p class="hint">Signed in already? <a href="${DASHBOARD}">Open the dashboard</a>.</p>`,
  );
}
