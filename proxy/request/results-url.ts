import type { IncomingMessage, ServerResponse } from "node:http";

/** Size limit of an edited page. A page of a thousand batches is half of this; a larger one goes on as it is. */
const BYTES_MAX = 4 * 1024 * 1024;
/**
 * Matches a key and its value: no string of JSON holds a quote without a backslash before it, so this is never part of
 * a text.
 */
const FIELD = /("results_url"\s*:\s*)("(?:[^"\\]|\\.)*")/g;
const RESULTS_PATH = /^.*(\/v1\/messages\/batches\/[^/]+\/results)$/;

/** Batches name the address of their results, which is the provider's: clients would take their CCO key there. */
export function namesResults(path: string, answer: IncomingMessage): boolean {
  if (path.endsWith("/results") || answer.headers["content-encoding"] !== undefined) return false;
  const { statusCode = 0, headers } = answer;
  return statusCode >= 200 && statusCode < 300 && headers["content-type"]?.includes("json") === true;
}

/** The response with every address of results below the base URL by which the caller has reached CCO. */
export function withOwnResults(json: string, baseUrl: string): string {
  return json.replace(FIELD, (whole, key: string, value: string) => {
    const path = resultsPath(value);
    return path === null ? whole : key + JSON.stringify(baseUrl + path);
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

/** Holds what is written to the response until its end, and sends it with the caller's own addresses. */
export function sendOwnResults(response: ServerResponse, baseUrl: string): void {
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
    const body = Buffer.from(withOwnResults(release().toString("utf8"), baseUrl));
    response.setHeader("content-length", body.length);
    return response.end(body);
  }) as typeof response.end;
}
