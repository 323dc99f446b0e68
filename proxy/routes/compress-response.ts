import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { constants, createGzip } from "node:zlib";

/** Size below which compression saves no packet. */
const bytesMin = 1024;

/** Types to compress. Never `text/event-stream`; pages and scripts the console compresses itself. */
const compressible = /^(application\/(json|x-ndjson)|text\/(csv|plain))\s*(;|$)/i;

/**
 * Compresses a response of the console's API for browsers that can read it. It happens here, because Next neither
 * compresses what API routes return nor lets them do it: it deletes their `content-encoding`. Changes the response's
 * head, so call this before the head is sent. Each piece leaves as it comes: a file is not held back while it is made.
 */
export function compressResponse(
  method: string | undefined,
  accepted: string | undefined,
  answer: IncomingMessage,
): void {
  const { headers, statusCode = 0 } = answer;
  if (headers["content-encoding"] !== undefined || !compressible.test(headers["content-type"] ?? "")) return;
  headers.vary = [headers.vary, "Accept-Encoding"].flat().filter(Boolean).join(", ");
  const isEmpty = method === "HEAD" || statusCode === 204 || statusCode === 304;
  const length = headers["content-length"];
  if (isEmpty || !acceptsGzip(accepted) || (length !== undefined && Number(length) < bytesMin)) return;
  headers["content-encoding"] = "gzip";
  delete headers["content-length"];
  const isFile = headers["content-disposition"] !== undefined;
  // A file can be of any length: at the usual level it would keep a processor from everything else.
  const level = isFile ? constants.Z_BEST_SPEED : constants.Z_DEFAULT_COMPRESSION;
  const gzip = createGzip({ flush: constants.Z_SYNC_FLUSH, level });
  answer.once("close", () => answer.complete || gzip.destroy());
  gzip.on("error", () => answer.destroy());
  // The carrier pipes the response to the caller as soon as the head is out.
  answer.pipe = (caller, options) => {
    caller.once("close", () => gzip.destroy());
    Readable.prototype.pipe.call(answer, gzip);
    return gzip.pipe(caller, options);
  };
}

/** `gzip` or `*` in the list, unless it has the weight 0. */
function acceptsGzip(accepted = ""): boolean {
  const codings = accepted
    .toLowerCase()
    .split(",")
    .map((coding) => coding.trim().split(/\s*;\s*/));
  const [, weight = "q=1"] = codings.find(([name]) => name === "gzip") ??
    codings.find(([name]) => name === "*") ?? ["", "q=0"];
  return Number(weight.replace(/^q=/, "")) > 0;
}
