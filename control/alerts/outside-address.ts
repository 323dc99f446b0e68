import { lookup } from "node:dns/promises";
import { BlockList, isIP, isIPv6 } from "node:net";

/**
 * Addresses that no webhook may call, since they are no place outside. A webhook to them would let an admin read what
 * only this machine or its network reaches (cloud metadata, databases, CCO itself). Source: the special-purpose
 * registries of RFC 6890 and its updates.
 */
const inside = new BlockList();
for (const [net, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  // The platform address of one large cloud, which stands outside every special range.
  ["168.63.129.16", 32],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const)
  inside.addSubnet(net, bits, "ipv4");
/** Only 2000::/3 is global; of it, what carries an IPv4 address of any kind is refused, and so is documentation. */
for (const [net, bits] of [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const)
  inside.addSubnet(net, bits, "ipv6");
const global6 = new BlockList();
global6.addSubnet("2000::", 3, "ipv6");

/** Whether an IP address is one of the public Internet. */
export function isOutside(address: string): boolean {
  if (!isIPv6(address)) return isIP(address) === 4 && !inside.check(address, "ipv4");
  return global6.check(address, "ipv6") && !inside.check(address, "ipv6");
}

/**
 * Whether a host is one that the operator named. An IPv6 address is the same with and without brackets, and in any
 * spelling.
 */
export const isNamedHost = (host: string, named: readonly string[]): boolean =>
  named.map(toHostname).includes(toHostname(host));

/** As a URL spells it, without the brackets of an IPv6 address. */
function toHostname(host: string): string {
  const name = withoutBrackets(host);
  const url = `http://${isIPv6(name) ? `[${name}]` : name}`;
  return withoutBrackets(URL.canParse(url) ? new URL(url).hostname : name.toLowerCase());
}

const withoutBrackets = (host: string): string => host.replace(/^\[|\]$/g, "");

interface OutsideAddress {
  address: string;
  family: 4 | 6;
}

/**
 * Looks up a host, and returns the one address to connect to. Otherwise it returns a sentence that says why there is
 * none. The caller connects to exactly this address: a name that is looked up again could lead elsewhere. `allowed`:
 * hosts of the operator's own network that he named (CCO_ALERT_HOSTS).
 */
export async function findOutside(host: string, allowed: readonly string[]): Promise<OutsideAddress | string> {
  const name = withoutBrackets(host);
  const found = await lookup(name, { all: true, verbatim: true }).catch(() => []);
  const [first] = found;
  if (first === undefined) return `${name} is not known: check the host name, and the server's DNS.`;
  if (!isNamedHost(host, allowed) && !found.every(({ address }) => isOutside(address)))
    return `${name} is in a private network. If alerts may go there, the operator names it in CCO_ALERT_HOSTS.`;
  return { address: first.address, family: first.family === 6 ? 6 : 4 };
}
