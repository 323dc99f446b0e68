import { ownValue } from "./own-value.ts";

/** Why a server could not be spoken to, and what a person may do about it. Both follow the server's name in a sentence. */
interface ConnectionFault {
  /** For example "refuses the connection". */
  what: string;
  /** For example "is it running, and is the port right?". */
  fix: string;
}

const REFUSED = { what: "refuses the connection", fix: "is it running, and is the port right?" };
const UNREACHABLE = { what: "cannot be reached", fix: "check the network and the firewall between" };
const SLOW = { what: "did not answer in time", fix: "check the port, and the firewall between" };
const CLOSED = { what: "closed the connection", fix: "look into its log, and check the port" };
const UNKNOWN_NAME = { what: "is not known", fix: "check the host name, and the DNS of this machine" };
const NO_TLS = {
  what: "was reached, but speaks no TLS on this port",
  fix: "check the port, or write the address without TLS",
};

const BY_CODE: Readonly<Record<string, ConnectionFault>> = {
  ECONNREFUSED: REFUSED,
  EHOSTUNREACH: UNREACHABLE,
  ENETUNREACH: UNREACHABLE,
  ETIMEDOUT: SLOW,
  ECONNRESET: CLOSED,
  EPIPE: CLOSED,
  ENOTFOUND: UNKNOWN_NAME,
  EAI_AGAIN: UNKNOWN_NAME,
  EPROTO: NO_TLS,
  ERR_SSL_WRONG_VERSION_NUMBER: NO_TLS,
};

/** Node and OpenSSL name what is wrong with a certificate in many codes of these forms, libraries in their texts. */
const CERTIFICATE = /^(CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|ERR_TLS_CERT)/;
const CERTIFICATE_TEXT = /certificate|altnames/i;
const WRONG_VERSION = /wrong version number|packet length too long/i;

/**
 * Explains an error of a connection by its codes. Where a library put a code of another kind over them, it goes by the
 * text. Null for every other error. It says nothing of the text, which may come from the other side.
 */
export function connectionFault(error: unknown): ConnectionFault | null {
  if (!(error instanceof Error)) return null;
  const { code } = error as { code?: unknown };
  const codes = [code, /\bE[A-Z]{4,}\b/.exec(error.message)?.[0]].filter((one) => typeof one === "string");
  const found = codes.map((one) => ownValue(BY_CODE, one)).find((fault) => fault !== undefined);
  if (WRONG_VERSION.test(error.message)) return NO_TLS;
  if (found !== undefined) return found;
  const certificate = codes.find((one) => CERTIFICATE.test(one));
  if (certificate === undefined && !CERTIFICATE_TEXT.test(error.message)) return null;
  return {
    what: `was reached, but its certificate is not trusted here${certificate === undefined ? "" : ` (${certificate})`}`,
    fix: "renew it, use the name it is made for, or name its authority in NODE_EXTRA_CA_CERTS",
  };
}
