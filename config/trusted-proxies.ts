import { BlockList, isIP } from "node:net";
import { type EnvReader, readList, shown } from "./env-values.ts";

/** Balancers whose `X-Forwarded-*` headers are believed: addresses and ranges of them. */
export class TrustedProxies {
  private readonly ranges = new BlockList();

  /** Entries that no address matches are refused: `10.0.0.7`, `10.0.0.0/8`, `fd00::/8`. Throws the first wrong one. */
  constructor(readonly entries: readonly string[]) {
    for (const entry of entries) {
      const [address = "", bits, ...more] = entry.split("/");
      const family = isIP(address);
      const longest = family === 6 ? 128 : 32;
      const isRange = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= longest);
      if (family === 0 || !isRange || more.length > 0) throw new RangeError(entry);
      this.ranges.addSubnet(address, bits === undefined ? longest : Number(bits), family === 6 ? "ipv6" : "ipv4");
    }
  }

  /** Whether the peer of a connection is one of them. Takes IPv4 addresses also as IPv6 sockets name them. */
  has(peer: string): boolean {
    if (this.entries.length === 0) return false;
    const address = peer.replace(/^::ffff:/, "");
    const family = isIP(address);
    return family !== 0 && this.ranges.check(address, family === 6 ? "ipv6" : "ipv4");
  }
}

/** Reads `CCO_TRUSTED_PROXIES`; nothing is trusted where an entry is wrong. */
export function readTrustedProxies({ env, mistake }: EnvReader): TrustedProxies {
  try {
    return new TrustedProxies(readList(env, "CCO_TRUSTED_PROXIES"));
  } catch (problem) {
    const entry = problem instanceof Error ? shown(problem.message) : "";
    mistake(
      "CCO_TRUSTED_PROXIES",
      `CCO_TRUSTED_PROXIES holds ${entry}, which is no address: write 10.0.0.7, or a range such as 10.0.0.0/8`,
    );
    return new TrustedProxies([]);
  }
}
