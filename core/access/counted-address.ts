const V4 = /^\d{1,3}(\.\d{1,3}){3}$/;
/**
 * Number of 16-bit groups that name the network of one line. A provider gives each customer such a network at least.
 */
const NETWORK_GROUPS = 4;

/**
 * Address under which a caller is counted in every limit of an address. It is an IPv4 address, also where it is written as
 * IPv6. For any other IPv6 address it is the /64, because one line has all addresses of it. A port is no part of a
 * place. Text that is no address is its own place. It is only for counting: what is shown and recorded is the whole
 * address.
 */
export function toCountedAddress(address: string): string {
  const text = withoutPort(address).toLowerCase().replace(/%.*$/, "");
  if (!text.includes(":")) return text;
  const groups = parseGroups(text);
  if (groups === null) return text;
  if (isMappedV4(groups)) return toBytes(groups.slice(6)).join(".");
  return `${groups
    .slice(0, NETWORK_GROUPS)
    .map((group) => group.toString(16))
    .join(":")}::/64`;
}

/** An IPv4 address that is written as IPv6, in any way, as IPv4 again; any other text as it is. */
export function unmapped(address: string): string {
  const groups = address.includes(":") ? parseGroups(address.toLowerCase()) : null;
  return groups !== null && isMappedV4(groups) ? toBytes(groups.slice(6)).join(".") : address;
}

/** An address without the port that some gateways write behind it, and without the brackets of IPv6. */
export function withoutPort(address: string): string {
  const [, bracketed, portless] = /^\[([^\]]*)\](?::\d+)?$|^([^:]*):\d+$/.exec(address) ?? [];
  return bracketed ?? portless ?? address;
}

/**
 * Network of a place: the /48 of an IPv6 one, as a site gets it. Any other place is its own network. It is for what one
 * line may not have many times over, because a line has thousands of places.
 */
export function toSite(place: string): string {
  const [, site] = /^((?:[0-9a-f]+:){3})[0-9a-f]+::\/64$/.exec(place) ?? [];
  return site === undefined ? place : `${site}:/48`;
}

/** The eight groups of an IPv6 address; null for text that is none. */
function parseGroups(text: string): number[] | null {
  const halves = text.split("::").map((half) => (half === "" ? [] : half.split(":").flatMap(toGroups)));
  const [head = [], tail] = halves;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (halves.length > 2 || (tail === undefined ? missing !== 0 : missing < 0)) return null;
  const groups = [...head, ...Array<number>(missing).fill(0), ...(tail ?? [])];
  return groups.every((group) => group >= 0 && group <= 0xffff) ? groups : null;
}

/** One group, or two where it is written as IPv4; NaN for text that is neither. */
function toGroups(part: string): number[] {
  if (!V4.test(part)) return [/^[0-9a-f]{1,4}$/.test(part) ? Number.parseInt(part, 16) : Number.NaN];
  const [a = 0, b = 0, c = 0, d = 0] = part.split(".").map(Number);
  return [a * 256 + b, c * 256 + d];
}

const isMappedV4 = (groups: readonly number[]): boolean =>
  groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;

const toBytes = (groups: readonly number[]): number[] => groups.flatMap((group) => [group >> 8, group & 255]);
