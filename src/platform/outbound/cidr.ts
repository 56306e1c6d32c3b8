import ipaddr from 'ipaddr.js';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** A network: its address and the number of leading bits that count. */
export type Cidr = readonly [Address, number];

/**
 * Reads networks such as `10.0.0.0/8` or `fd00::/8`; a bare address means that address alone.
 * Short, octal and hexadecimal IPv4 forms are refused, since `10/8` would silently mean 0.0.0.10/8.
 * @throws Error that names the first entry at fault
 */
export function parseCidrs(list: readonly string[]): Cidr[] {
  return list.map(parseCidr);
}

/**
 * An IPv4-compatible IPv6 address in dotted form, as `getaddrinfo` writes it. ipaddr.js takes it for the
 * IPv4 address inside; sockets do not.
 */
const DOTTED_COMPATIBLE = /^::(\d+\.\d+\.\d+\.\d+)/;

/**
 * Reads one address the way sockets do; an IPv4-mapped address is the IPv4 address inside.
 * @returns null where the text is no address
 */
export function parseAddress(text: string): Address | null {
  if (!ipaddr.isValid(text)) return null;
  const inner = DOTTED_COMPATIBLE.exec(text)?.[1];
  if (inner === undefined) return ipaddr.process(text);
  return new ipaddr.IPv6([...new Array<number>(12).fill(0), ...ipaddr.IPv4.parse(inner).toByteArray()]);
}

function parseCidr(entry: string): Cidr {
  const text = entry.trim();
  const full = text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`;
  const valid = ipaddr.IPv4.isValidCIDRFourPartDecimal(full) || ipaddr.IPv6.isValidCIDR(full);
  if (!valid || DOTTED_COMPATIBLE.test(full)) {
    throw new Error(`"${entry}" is not a network such as 10.0.0.0/8, 192.168.1.5 or fd00::/8.`);
  }
  return unmapCidr(ipaddr.parseCIDR(full));
}

/** `::ffff:10.0.0.0/104` means 10.0.0.0/8: addresses are unwrapped before they are matched, so networks are too. */
function unmapCidr([address, bits]: Cidr): Cidr {
  const mapped = address.kind() === 'ipv6' && (address as ipaddr.IPv6).isIPv4MappedAddress();
  return mapped && bits >= 96 ? [(address as ipaddr.IPv6).toIPv4Address(), bits - 96] : [address, bits];
}

/** Whether the network holds the address; networks of the other IP version never do. */
export function holds([network, bits]: Cidr, address: Address): boolean {
  return network.kind() === address.kind() && address.match(network, bits);
}
