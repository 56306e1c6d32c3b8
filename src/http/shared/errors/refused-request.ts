import type { DescribedError } from './described-error.js';

/** A request that HTTP itself does not allow, or that this server does not take: the answer is known already. */
export class RefusedRequest extends Error {
  constructor(readonly description: DescribedError) {
    super(description.message);
    this.name = 'RefusedRequest';
  }
}
