import type { IncomingMessage } from "node:http";
import { isIPv4, isIPv6 } from "node:net";

/**
 * The name of a header in which a front proxy says for whom it asks; null where none says so. Then the caller may be anywhere,
 * though the connection comes from this machine and the host name is its own (nginx sends that unless `Host` is set). Two
 * things say it: a header that networks and proxies add, with any value, and an IP address in any other header that clients
 * do not fill themselves, because an operator may choose any name for it. A version of four parts looks like an address,
 * and counts as one where the name of its header does not say what it is.
 */
export function findFrontProxy({ headers }: Pick<IncomingMessage, "headers">): string | null {
  for (const name in headers) {
    const filler = fillerOf(name);
    if (filler === "proxy") return name;
    if (filler === "client") continue;
    // One text for all lines of the name: a caller's own line may stand before the one that the proxy has appended.
    const value = String(headers[name] ?? "");
    if (MAY_HOLD_ADDRESS.test(value) && value.split(BETWEEN_WORDS).some(isAddress)) return name;
  }
  return null;
}

/** Who fills a header: `either` where only its value says it. */
type Filler = "proxy" | "client" | "either";

/** By the names seen so far, in lower case: every peer uses the same few dozen. */
const fillers = new Map<string, Filler>();
const FILLERS_MAX = 1_000;

function fillerOf(name: string): Filler {
  const known = fillers.get(name);
  if (known !== undefined) return known;
  const filler = PROXY_HEADER.test(name) ? "proxy" : FILLED_BY_CLIENTS.test(name) ? "client" : "either";
  if (fillers.size >= FILLERS_MAX) fillers.clear();
  fillers.set(name, filler);
  return filler;
}

/** Headers that front proxies and the networks before them add, with any value. Exceptions are headers that clients send. */
const PROXY_HEADER = new RegExp(
  [
    "^via$|^(x[-_]?)?forwarded(?![-_]model$)|^x-original-(?!model$)|^front-end-https$|^x-(url-)?scheme$|^x-real-|^x-nginx-proxy$",
    "^(?!helicone-).*(client|real|user|source|src|remote|peer|caller|origin|visitor|connecting)[-_]?ip(v[46]|addr(ess)?)?$",
    "(client|remote|source|src|peer|caller)[-_]?addr(ess)?$",
    // Who was authenticated in front, by a certificate or a sign-in.
    "^(x-)?client-(cert|verify|dn)|^(x-)?(ssl|tls)-client-|^(x-)?remote-user$|^x-auth-request-|^x-goog-(iap|authenticated)-",
    "^x-(akamai|appengine|appgw|arr|azure|bluecoat|envoy|nf|sucuri|vercel|waws)-|^x-varnish$|^x-ms-client-principal",
    // A trace of AWS is no sign: its libraries add one to what clients send.
    "^x-amz-cf-|^x-amzn-(apigateway|lattice|mtls|oidc|tls|waf)-|^(akamai|azure|cloudfront|incap|tailscale)-|^cdn-loop$",
    "^cf-(?!aig-|access-(client-(id|secret)|token)$)|^fly-(?!force-|prefer-)|^fastly-(?!debug$|key$)",
    // Node keeps the first line of these only, so that an appended one is not seen. Clients of models send none of them.
    "^(age|etag|expires|from|last-modified|location|max-forwards|retry-after|server)$",
  ].join("|"),
);

/** Headers whose values are the client's own, versions and addresses of servers among them. */
const FILLED_BY_CLIENTS = new RegExp(
  [
    "^(host|user-agent|authorization|proxy-authorization|x-api-key|cookie|origin|referer|date|baggage|traceparent|tracestate)$",
    "^(accept|content|if|sec)(-|$)|^(anthropic|helicone|x-claude-code|x-stainless)-|^x-goog-api-client$|^x-cco-(key|project|team)$",
    "(^|[-_])(version|build|release|sdk|runtime|os)([-_]|$)",
  ].join("|"),
);

/** What every address has: three numbers with dots between, or two colons with nothing but one group between. */
const MAY_HOLD_ADDRESS = /\d\.\d{1,3}\.\d|:[\da-f]*:/i;
/** Quotes, brackets, commas, spaces and all else that is no part of a word. */
const BETWEEN_WORDS = /[^\w.:%/-]+/;

/** With or without a port behind it, the length of a network, and a label such as `ip:` before it. */
function isAddress(word: string): boolean {
  const [text = ""] = word.split("/", 1);
  if (text.split(":").some(isIPv4)) return true;
  // The address `::` is no caller's, and stands between names.
  if (text === "::" || !MAY_HOLD_ADDRESS.test(text)) return false;
  return [text, text.replace(/:\d+$/, ""), text.slice(text.indexOf(":") + 1)].some(isIPv6);
}
