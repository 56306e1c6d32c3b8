import { createHash } from 'node:crypto';
import { invalid } from '../../../domain/errors.js';
import type { WantedRevisions } from '../../../domain/job/revision.js';

const DIGEST_LENGTH = 16;
/** RFC 9110, 8.8.3. */
const TAG = /(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"/;
const TAGS = new RegExp(`^\\s*${TAG.source}(\\s*,\\s*${TAG.source})*\\s*$`);

/**
 * The strong tag of an answer: the revision of the job, then a digest of the answer itself. So the answer is known to
 * be unchanged by the whole tag, and a change of the definition by its first part, although a job that runs meanwhile
 * answers another next run.
 */
export function entityTag(revision: number, answer: object): string {
  const digest = createHash('sha256').update(JSON.stringify(answer)).digest('base64url');
  return `"${revision}-${digest.slice(0, DIGEST_LENGTH)}"`;
}

/**
 * The revisions that an `If-Match` asks for; null: any. Weak tags match nothing.
 * @throws DomainError validation_failed for what is no list of tags
 */
export function wantedRevisions(header: string | undefined): WantedRevisions {
  if (header === undefined || header.trim() === '*') return null;
  if (!TAGS.test(header))
    throw invalid([
      { field: 'If-Match', message: 'must be * or ETags in double quotes, separated by commas' },
    ]);
  return tagsIn(header).flatMap(({ weak, content }) => {
    const revision = /^(\d{1,9})-/.exec(content)?.[1];
    return weak || revision === undefined ? [] : [Number(revision)];
  });
}

/** Whether an `If-None-Match` names a tag, weak or not. */
export function isNamed(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  return header.trim() === '*' || tagsIn(header).some(({ content }) => `"${content}"` === tag);
}

function tagsIn(header: string): { weak: boolean; content: string }[] {
  return [...header.matchAll(new RegExp(TAG, 'g'))].map(([, weak, content = '']) => ({
    weak: weak !== undefined,
    content,
  }));
}
