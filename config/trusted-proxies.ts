import { BlockList, isIP } from "node:net";
import { unmapped } from "#core/access/counted-address.ts";
import { type EnvReader, readList, shown } from "./env-values.ts";

/** Balancers whose `X-Forwarded-*` headers are believed: addresses and ranges of them. */
export class TrustedProxies {
  private readonly ranges = new BlockList();

  /** Entries as `isProxyEntry` takes them: `10.0.0.7`, `10.0.0.0/8`, `fd00::/8`. */
  constructor(readonly entries: readonly string[]) {
    for (const entry of entries) {
      const [address = "", bits] = entry.split("/");
      const isV6 = isIP(address) === 6;
      this.ranges.addSubnet(address, Number(bits ?? (isV6 ? 128 : 32)), isV6 ? "ipv6" : "ipv4");
    }
  }

  /** Whether the peer of a connection is one of them. Takes IPv4 addresses also as IPv6 sockets name them. */
  has(peer: string): boolean {
    if (this.entries.length === 0) return false;
    const address = unmapped(peer);
    const family = isIP(address);
    return family !== 0 && this.ranges.check(address, family === 6 ? "ipv6" : "ipv4");
  }
}

/** Whether a text is an address or a range of them. A range of all addresses would trust every caller. */
function isProxyEntry(entry: string): boolean {
  const [address = "", bits, ...more] = entry.split("/");
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32));
}

/** Reads `CCO_TRUSTED_PROXIES`; wrong entries are mistakes, and trust nothing. */
export function readTrustedProxies({ env, mistake }: EnvReader): TrustedProxies {
  const entries = readList(env, "CCO_TRUSTED_PROXIES");
  for (const wrong of entries.filter((entry) => !isProxyEntry(entry)))
    mistake(
      "CCO_TRUSTED_PROXIES",
      `CCO_TRUSTED_PROXIES holds ${shown(wrong)}, which is no address: write 10.0.0.7, or a range such as 10.0.0.0/8`,
    );
  return new TrustedProxies(entries.filter(isProxyEntry));
}
