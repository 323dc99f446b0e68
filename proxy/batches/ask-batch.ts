import type { IncomingHttpHeaders } from "node:http";
import { readShownBatches, type ShownBatch } from "#core/batches/shown-batch.ts";
import { HeaderBlock } from "../http1/request-parts.ts";
import type { Exchange, Upstream } from "../upstream/client.ts";
import { upstreamHeaders } from "../upstream/headers.ts";

const WITHIN_MS = 10_000;
const BYTES_MAX = 256 * 1024;
/** Headers that ask for a part of the results, or for what has changed in them. */
const OF_RESULTS = ["range", "if-range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since"];

interface Asking {
  id: string;
  /** Of the request for the results. */
  headers: IncomingHttpHeaders;
  query: string;
  operatorKey: string | null;
}

/**
 * Asks the provider when a batch was created, with the credentials of the request for its results. Null when the answer
 * does not say it; never rejects.
 */
export async function askBatch(
  { id, headers, query, operatorKey }: Asking,
  upstream: Upstream,
  onExchange: (exchange: Exchange) => void,
): Promise<ShownBatch | null> {
  const sent = upstreamHeaders(headers, operatorKey);
  for (const name of OF_RESULTS) delete sent[name];
  let exchange: Exchange | null = null;
  const timer = setTimeout(() => exchange?.abort(), WITHIN_MS).unref();
  try {
    const path = `/v1/messages/batches/${id}${query}`;
    const answer = await upstream.send({ method: "GET", path, headers: new HeaderBlock(sent), body: null }, (made) => {
      exchange = made;
      onExchange(made);
    });
    if (answer.status !== 200) {
      answer.discard();
      return null;
    }
    const text = await readText(answer);
    return readShownBatches(text ?? "").find((batch) => batch.id === id) ?? null;
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

/** The body as text; null for one that breaks off or is too large. */
function readText(answer: Exchange): Promise<string | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    answer.attach({
      chunk(chunk) {
        bytes += chunk.length;
        if (bytes <= BYTES_MAX) chunks.push(Buffer.from(chunk));
        else {
          answer.abort();
          resolve(null);
        }
        return true;
      },
      end: () => resolve(Buffer.concat(chunks).toString("utf8")),
      broken: () => resolve(null),
    });
  });
}
