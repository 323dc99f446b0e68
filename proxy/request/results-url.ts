import type { IncomingMessage, ServerResponse } from "node:http";
import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import { ownValue } from "#core/own-value.ts";

/** Size limit of an edited page. A page of a thousand batches is half of this; a larger one goes on as it is. */
const BYTES_MAX = 4 * 1024 * 1024;
/**
 * Matches a key and its value in JSON, and never a part of a text. No string of JSON holds a quote without a backslash
 * before it. A key may write some of its eleven characters as escapes.
 */
const FIELD = /("(?:[a-z_]|\\u[0-9a-fA-F]{4}){11}")(\s*:\s*)("(?:[^"\\]|\\.)*")/g;
const RESULTS_PATH = /^.*(\/v1\/messages\/batches\/[^/]+\/results)$/;

/**
 * Whether a response may name addresses of results. They are the provider's: clients would take their CCO key there. One to
 * HEAD has no body, and keeps the length of the provider's. Its type says nothing: some clients read any text as JSON.
 */
export function namesResults(method: string, path: string, answer: IncomingMessage): boolean {
  if (method === "HEAD" || path.endsWith("/results")) return false;
  const { statusCode = 0 } = answer;
  return statusCode >= 200 && statusCode < 300;
}

/** The response with every address of results below the base URL by which the caller has reached CCO. */
export function withOwnResults(json: string, baseUrl: string): string {
  return json.replace(FIELD, (whole, key: string, colon: string, value: string) => {
    const path = JSON.parse(key) === "results_url" ? resultsPath(value) : null;
    return path === null ? whole : key + colon + JSON.stringify(baseUrl + path);
  });
}

function resultsPath(value: string): string | null {
  try {
    const url = new URL(JSON.parse(value));
    return RESULTS_PATH.exec(url.pathname)?.[1] ?? null;
  } catch {
    return null;
  }
}

/** A gateway in front of the provider may compress, although CCO asks for no encoding. */
const DECODERS: Readonly<Record<string, (bytes: Buffer, limit: { maxOutputLength: number }) => Buffer>> = {
  gzip: gunzipSync,
  "x-gzip": gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
};

/** Decodes the text of a body. Null for a body that is encoded in a way that cannot be read here, or too large. */
function decoded(body: Buffer, encoding: unknown): string | null {
  if (encoding === undefined || encoding === "identity") return body.toString("utf8");
  const decode = ownValue(DECODERS, String(encoding).trim().toLowerCase());
  try {
    return decode?.(body, { maxOutputLength: BYTES_MAX }).toString("utf8") ?? null;
  } catch {
    return null;
  }
}

/**
 * Holds what is written to the response until its end, and sends it with the caller's own addresses. `note`: takes the
 * text as the provider wrote it, where it can be read.
 */
export function sendOwnResults(response: ServerResponse, baseUrl: string, note: (json: string) => void): void {
  const write = response.write.bind(response);
  const end = response.end.bind(response);
  let held: Buffer[] = [];
  let bytes = 0;
  const release = () => {
    response.write = write;
    response.end = end;
    const whole = Buffer.concat(held);
    held = [];
    return whole;
  };
  const take = (chunk: unknown) => {
    if (!(chunk instanceof Uint8Array)) return;
    held.push(Buffer.from(chunk));
    bytes += chunk.length;
  };
  // A head written in the meantime is that of a refusal, and what follows is its body.
  response.write = ((chunk: unknown) => {
    if (response.headersSent) {
      release();
      return response.write(chunk);
    }
    take(chunk);
    return bytes > BYTES_MAX ? write(release()) : true;
  }) as typeof response.write;
  response.end = ((chunk: unknown) => {
    if (response.headersSent) {
      release();
      return response.end(chunk);
    }
    take(chunk);
    const whole = release();
    const text = decoded(whole, response.getHeader("content-encoding"));
    if (text !== null) note(text);
    const edited = text === null ? null : withOwnResults(text, baseUrl);
    // What is no text at all stays as it is.
    const body = edited === null || edited === text ? whole : Buffer.from(edited);
    if (body !== whole) response.removeHeader("content-encoding");
    response.setHeader("content-length", body.length);
    return response.end(body);
  }) as typeof response.end;
}
