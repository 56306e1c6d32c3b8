// Renews the parts of this page that show live numbers: reads the page itself anew and puts the changed parts in place.
const EVERY_MS = 2_000;
const SLOWEST_MS = 30_000;

let wait = EVERY_MS;

async function renew() {
  const response = await fetch(location.href, { redirect: 'manual', cache: 'no-store' });
  if (response.type === 'opaqueredirect') return location.reload(); // The session has ended.
  if (!response.ok) throw new Error(String(response.status));
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html');
  for (const part of document.querySelectorAll('[data-live]')) {
    const news = fresh.getElementById(part.id);
    if (news && news.innerHTML !== part.innerHTML) part.replaceChildren(...news.childNodes);
  }
  return fresh.querySelector('[data-live]') !== null;
}

async function go() {
  let more = true;
  if (!document.hidden && getSelection()?.isCollapsed !== false) {
    try {
      more = (await renew()) !== false;
      wait = EVERY_MS;
      document.body.classList.remove('stale');
    } catch {
      // Away or overloaded: what is shown is old, and asking more often would not help.
      wait = Math.min(wait * 2, SLOWEST_MS);
      document.body.classList.add('stale');
    }
  }
  if (more) setTimeout(go, wait);
}

setTimeout(go, EVERY_MS);
