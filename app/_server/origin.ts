import type { ControlConfig } from "#control/deps.ts";
import { isFromOwnPage } from "#core/access/own-page.ts";

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/;

/**
 * Whether a request that changes something was caused by a page of this console. Browsers say so themselves
 * (`Sec-Fetch-Site`, `Origin`); a request that says neither, or says anything else, is refused.
 */
export const isSameOrigin = (headers: Headers, config: Pick<ControlConfig, "publicUrl">): boolean =>
  isFromOwnPage({ site: headers.get("sec-fetch-site"), origin: headers.get("origin") }, ownOrigins(headers, config));

/** The address of the caller: the proxy in front of the console sets the header, to that one address. */
export function readAddress(headers: Headers): string | null {
  return headers.get("x-forwarded-for") || null;
}

/** Origins this response may be read under: the configured one, and the host the proxy accepted. */
function ownOrigins(headers: Headers, { publicUrl }: Pick<ControlConfig, "publicUrl">): string[] {
  const origins = publicUrl ? [publicUrl] : [];
  const forwarded = headers.get("x-forwarded-host");
  const host = forwarded ?? headers.get("host") ?? "";
  // Without the proxy in front only this machine is served: other names in Host are rebinding attempts.
  if (!forwarded && !LOOPBACK.test(host)) return origins;
  const protocol = headers.get("x-forwarded-proto") === "https" ? "https" : "http";
  return [...origins, `${protocol}://${host}`];
}
