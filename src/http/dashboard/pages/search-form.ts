import { html, type Html } from './html.js';

/** A form that searches by words and a choice. */
export interface SearchForm {
  /** The page that answers, and that an empty search leads to. */
  action: string;
  /** What the words are of, and those that were searched for. */
  words: { label: string; value: string };
  choice: { name: string; label: string; options: readonly string[]; value: string };
  /** Further fields. */
  more?: Html;
}

export function searchForm({ action, words, choice, more }: SearchForm): Html {
  return html`<form class="search panel" method="get" action="${action}" role="search">
    <div class="wide">
      <label for="q">${words.label}</label>
      <input
        id="q"
        name="q"
        type="search"
        value="${words.value}"
        maxlength="200"
        autocomplete="off"
        spellcheck="false"
      />
    </div>
    <div>
      <label for="${choice.name}">${choice.label}</label>
      <select id="${choice.name}" name="${choice.name}">
        <option value="">any</option>
        ${choice.options.map(
          (option) =>
            html`<option value="${option}" ${option === choice.value && html`selected`}>${option}</option>`,
        )}
      </select>
    </div>
    ${more}
    <div class="buttons">
      <button type="submit">Search</button>
      <a href="${action}">Reset</a>
    </div>
  </form>`;
}
