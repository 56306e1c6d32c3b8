import { lookup as systemLookup } from 'node:dns/promises';
import { isIPv6, type LookupFunction } from 'node:net';
import type { AddressPolicy } from './address-policy.js';
import { isLoopbackName } from './host-names.js';
import { OutboundError } from './outbound-error.js';
import { allowedLoopback, blockedHost } from './outbound-url.js';

/** All addresses of a name; rejects where it has none. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

/** Asks the operating system, as every other program on the machine does. */
export const resolveBySystem: Resolve = async (hostname) =>
  (await systemLookup(hostname, { all: true })).map((answer) => answer.address);

/**
 * A look-up for sockets that answers only addresses which the policy allows. One forbidden address among the
 * answers refuses the name: a mixed answer is how rebinding starts.
 */
export function guardedLookup(policy: AddressPolicy, resolve: Resolve): LookupFunction {
  return (hostname, options, callback) => {
    allowedAddresses(hostname, policy, resolve).then(
      (addresses) => {
        const answers = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
        const first = answers[0];
        if (options.all) callback(null, answers);
        else if (first !== undefined) callback(null, first.address, first.family);
      },
      (error: unknown) => {
        callback(error as NodeJS.ErrnoException, []);
      },
    );
  };
}

async function allowedAddresses(
  hostname: string,
  policy: AddressPolicy,
  resolve: Resolve,
): Promise<readonly string[]> {
  if (isLoopbackName(hostname)) {
    const loopback = allowedLoopback(policy);
    if (loopback.length === 0) throw blockedHost('loopback', hostname);
    return loopback;
  }
  const addresses = await resolve(hostname);
  if (addresses.length === 0)
    throw new OutboundError('connect_failed', `The host ${hostname} has no address.`);
  for (const address of addresses) {
    const rule = policy.ruleAgainst(address);
    if (rule !== null) throw blockedHost(rule, hostname);
  }
  return addresses;
}
