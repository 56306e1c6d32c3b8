import { html, isHtml } from './html.js';

describe('html', () => {
  it('escapes every value, in texts and in quoted attributes', () => {
    const value = `<b title="a" id='b'>&</b>`;
    const escaped = '&lt;b title=&quot;a&quot; id=&#39;b&#39;&gt;&amp;&lt;/b&gt;';
    expect(html`<p title="${value}">${value}</p>`.text).toBe(`<p title="${escaped}">${escaped}</p>`);
  });

  it('takes what it has made as it is, also in lists, and no look-alike', () => {
    const item = html`<li>${'<'}</li>`;
    expect(html`${[item, [item]]}`.text).toBe('<li>&lt;</li><li>&lt;</li>');
    expect(isHtml(item)).toBe(true);
    expect(isHtml({ text: '<b>' })).toBe(false);
  });

  it('leaves nothing for null, undefined and false, but shows 0', () => {
    expect(html`[${null}${undefined}${false}${0}${''}]`.text).toBe('[0]');
  });
});
