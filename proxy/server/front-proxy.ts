import type { IncomingMessage } from "node:http";
import { isIPv6 } from "node:net";

/**
 * The name of a header in which a front proxy says for whom it asks; null where none says so. Then the caller may be anywhere,
 * though the connection comes from this machine and the host name is its own (nginx sends that unless `Host` is set). Two
 * things say it: a header that networks and proxies add, with any value, and an IP address anywhere in any other header that
 * clients do not fill themselves, because an operator may choose any name and any form for it. A version of four parts looks
 * like an address, and counts as one where the name of its header does not say what it is. An address in hexadecimal looks
 * like an id, and counts as one.
 */
export function findFrontProxy({ headers }: Pick<IncomingMessage, "headers">): string | null {
  for (const name in headers) {
    const filler = classifyHeader(name);
    if (filler === "proxy") return name;
    if (filler === "client") continue;
    // Joins all lines of the header into one text. A caller's own line may stand before the one that the proxy has
    // appended.
    if (holdsAddress(String(headers[name] ?? ""))) return name;
  }
  return null;
}

/** Who fills a header: `either` where only its value says it. */
type Filler = "proxy" | "client" | "either";

/** By the names seen so far, in lower case: every peer uses the same few dozen. */
const fillers = new Map<string, Filler>();
const FILLERS_MAX = 1_000;

function classifyHeader(name: string): Filler {
  const known = fillers.get(name);
  if (known !== undefined) return known;
  // Gateways of the CGI kind write underscores.
  const usual = name.replaceAll("_", "-");
  const filler = PROXY_HEADER.test(usual) ? "proxy" : FILLED_BY_CLIENTS.test(usual) ? "client" : "either";
  if (fillers.size >= FILLERS_MAX) fillers.clear();
  fillers.set(name, filler);
  return filler;
}

/** Headers that front proxies and the networks before them add, with any value. Exceptions are headers that clients send. */
const PROXY_HEADER = new RegExp(
  [
    // What was asked, and by whom.
    "^via$|^(x-?)?forwarded(?!-model$)|^x-original-(?!model$)|^front-end-https$|^x-(url-)?scheme$|^x-real-|^x-unique-id$",
    "^x-(host|proto|script-name)$",
    "^(?!helicone-).*(client|real|user|source|src|remote|peer|caller|origin|visitor|connecting)-?ip(v[46]|addr(ess)?)?$",
    "(client|remote|source|src|peer|caller)-?(addr(ess)?|host)$",
    // Who was authenticated in front, by a certificate or a sign-in.
    "^(x-)?client-(cert|verify|dn|subject)|^(x-)?(ssl|tls)-client-|^x-(ssl|tls|webauth|consumer|auth-request|authenticated)-",
    "^(x-)?(remote|proxy|auth)-(user|email|name|groups)$|^gap-auth$|^x-goog-(iap|authenticated)-|^x-ms-client-principal",
    // Which product or network it was.
    "^x-(akamai|appengine|appgw|arr|authentik|azure|bluecoat|envoy|kong|nf|pomerium|railway|sucuri|vercel|waws)-|^x-(varnish|nginx-proxy)$",
    "^(akamai|azure|cloudfront|incap|l5d|tailscale|wl-proxy)-|^cdn-loop$",
    "^cf-(?!aig-|access-(client-(id|secret)|token)$)|^fly-(?!force-|prefer-)|^fastly-(?!debug$|key$)",
    // A trace of AWS is no sign: its libraries add one to what clients send.
    "^x-amz-cf-|^x-amzn-(apigateway|lattice|mtls|oidc|tls|waf)-",
    // Node keeps the first line of these only, so that an appended one is not seen. Clients of models send none of them.
    "^(age|etag|last-modified|location|max-forwards|retry-after|server)$",
  ].join("|"),
);

/** Headers whose values are the client's own, versions and addresses of servers among them. */
const FILLED_BY_CLIENTS = new RegExp(
  [
    "^(host|user-agent|authorization|proxy-authorization|x-api-key|cookie|origin|(http-)?referer|date)$",
    "^(accept|content|if|sec)(-|$)|^(anthropic|helicone|x-claude-code|x-portkey|x-stainless)-",
    "^x-goog-api-client$|^x-cco-(key|project|team)$",
    // What a trace carries along.
    "^(baggage|correlation-context|traceparent|tracestate)$|^(ot-|jaeger-)?baggage|^(uberctx|pinpoint)-",
    "(^|-)(version|build|release|sdk|runtime|os)(-|$)",
  ].join("|"),
);

/** What every address has: three numbers with dots between, or two colons with nothing but one group between. */
const MAY_HOLD_ADDRESS = /\d\.\d{1,3}\.\d|:[\da-f]*:/i;
/** Written for one character of ASCII, once or more. */
const ESCAPED = /%(?:25)*([2-7][\da-f])/gi;
const NUMBER = "(?:25[0-5]|2[0-4]\\d|1?\\d\\d|\\d)";
/** Beside anything but more numbers with dots between: those are a version or an object's id. */
const IPV4 = new RegExp(`(?<!\\d\\.?)(?:${NUMBER}\\.){3}${NUMBER}(?!\\.?\\d)`);
const BETWEEN_WORDS = /[^\da-z:]+/i;

/** Each step takes time by the length of the value, which a caller chooses. */
function holdsAddress(value: string): boolean {
  const text = value.includes("%") ? value.replace(ESCAPED, decodeCharacter) : value;
  return MAY_HOLD_ADDRESS.test(text) && (IPV4.test(text) || text.split(BETWEEN_WORDS).some(holdsIPv6));
}

const decodeCharacter = (_escaped: string, digits: string): string => String.fromCharCode(Number.parseInt(digits, 16));

/** Groups and a zone at most, with a port and a label in hexadecimal digits. */
const GROUPS_MAX = 12;

/**
 * Whether a word of letters, digits and colons is an IPv6 address. Labels such as `ip:` may stand before it, or a port
 * behind it.
 */
function holdsIPv6(word: string): boolean {
  // Names of modules have `::` between them, more than once or without a digit.
  if (!MAY_HOLD_ADDRESS.test(word) || word.split("::").length > 2) return false;
  const groups = word.split(":");
  const own = groups.slice(groups.findLastIndex((group) => /[g-z]/i.test(group)) + 1);
  if (own.length > GROUPS_MAX) return false;
  return [own, own.slice(0, -1), own.slice(1), own.slice(1, -1)].some(isCaller);
}

/** An address of a network card also has groups between colons: eight at most, all of two digits. */
function isCaller(groups: readonly string[]): boolean {
  const text = groups.join(":");
  return isIPv6(text) && /\d/.test(text) && groups.some((group) => group.length !== 2);
}
