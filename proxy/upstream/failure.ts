import { AppError } from "#core/errors.ts";

type FailureCode = "upstream.unreachable" | "upstream.failed" | "upstream.timeout";

/**
 * Failure of the provider to respond. The text gives the reason in words a developer can pass on; it holds no address
 * and no key.
 */
export class UpstreamFailure extends AppError {
  /** Whether another attempt is safe and may succeed: nothing was sent, so it cannot be billed twice. */
  readonly isWorthAnother: boolean;

  constructor(code: FailureCode, text: string, isWorthAnother = false) {
    super(code, { retryAfterSeconds: 2 }, text);
    this.name = "UpstreamFailure";
    this.isWorthAnother = isWorthAnother;
  }
}

interface ConnectClass {
  code: FailureCode;
  why: string;
  isWorthAnother: boolean;
}

const passing = (why: string): ConnectClass => ({ code: "upstream.unreachable", why, isWorthAnother: true });
const slow = (why: string): ConnectClass => ({ code: "upstream.unreachable", why, isWorthAnother: false });
const name = (why: string): ConnectClass => ({ code: "upstream.failed", why, isWorthAnother: true });
const trust = (why: string): ConnectClass => ({ code: "upstream.failed", why, isWorthAnother: false });

const CONNECT: Readonly<Record<string, ConnectClass>> = {
  ECONNREFUSED: passing("its address refuses connections"),
  ECONNRESET: passing("its address breaks connections off"),
  EHOSTUNREACH: passing("there is no route to it"),
  ENETUNREACH: passing("there is no route to it"),
  ERR_CONNECT_TIMEOUT: slow("connecting took too long"),
  ETIMEDOUT: slow("connecting took too long"),
  ENOTFOUND: name("its name cannot be resolved"),
  EAI_AGAIN: name("its name cannot be resolved at the moment"),
  CERT_HAS_EXPIRED: trust("its certificate has expired"),
  CERT_NOT_YET_VALID: trust("its certificate is not valid yet"),
  DEPTH_ZERO_SELF_SIGNED_CERT: trust("its certificate is self-signed"),
  SELF_SIGNED_CERT_IN_CHAIN: trust("its certificate comes from an authority that is not trusted here"),
  UNABLE_TO_GET_ISSUER_CERT: trust("its certificate comes from an authority that is not trusted here"),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: trust("its certificate comes from an authority that is not trusted here"),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: trust("its certificate comes from an authority that is not trusted here"),
  CERT_REVOKED: trust("its certificate was revoked"),
  ERR_TLS_CERT_ALTNAME_INVALID: trust("its certificate is for another name"),
  EPROTO: trust("it does not speak TLS as we do"),
};
const OTHER_TLS = trust("its certificate could not be trusted");
const OTHER: ConnectClass = slow("the connection could not be made");

/**
 * Classifies why no connection could be made. Names (DNS) and certificates are 502 and need a person. The rest is 503
 * and may pass.
 */
export function toConnectFailure(problem: Error): UpstreamFailure {
  const code = findCode(problem);
  const isTls = /^(CERT_|UNABLE_TO|ERR_TLS|ERR_SSL)/.test(code);
  const found = CONNECT[code] ?? (isTls ? OTHER_TLS : OTHER);
  const label = code === "" ? "" : ` (${code})`;
  const text = `The model provider could not be reached: ${found.why}${label}.`;
  return new UpstreamFailure(found.code, text, found.isWorthAnother);
}

/** Classifies why a sent request got no response. It is never sent again: the provider may have done the work. */
export function toAnswerFailure(problem: Error): UpstreamFailure {
  const code = findCode(problem);
  if (code === "ERR_FIRST_BYTE_TIMEOUT") {
    return new UpstreamFailure("upstream.timeout", "The model provider did not answer in time.");
  }
  if (code === "ERR_ANSWER_FORMAT") {
    return new UpstreamFailure("upstream.failed", "The model provider's answer cannot be read.");
  }
  return new UpstreamFailure("upstream.failed", "The upstream closed the connection before sending a response.");
}

function findCode(problem: Error): string {
  const { code, errors } = problem as NodeJS.ErrnoException & { errors?: Error[] };
  // Several addresses were tried (IPv6, IPv4): the first one's reason stands for all.
  if (code !== undefined && /^[A-Z0-9_]{1,60}$/.test(code)) return code;
  return errors?.[0] === undefined ? "" : findCode(errors[0]);
}
