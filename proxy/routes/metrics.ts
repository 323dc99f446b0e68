import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { parseBearer } from "#core/access/bearer.ts";
import { hashSecret } from "#store/hashes.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { ProxyContext } from "../process/proxy-context.ts";
import { requireGet, requireReader } from "./require-reader.ts";

/** `GET /metrics`: Prometheus text for callers who may see the totals, or hold the metrics token. */
export async function answerMetrics(
  context: ProxyContext,
  metrics: Metrics,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  requireGet(request);
  if (!holdsMetricsToken(context, request)) await requireReader(context, request);
  const { crew } = context;
  const body = crew === null ? await metrics.text() : await metrics.textForAll(await crew.figures(true));
  response.writeHead(200, {
    "content-type": metrics.contentType,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

/** A scraper needs no person's token: it may have its own. */
function holdsMetricsToken({ settings }: ProxyContext, { headers }: IncomingMessage): boolean {
  const given = parseBearer(headers.authorization);
  if (given === null || settings.metricsToken === null) return false;
  return timingSafeEqual(Buffer.from(hashSecret(given)), Buffer.from(hashSecret(settings.metricsToken)));
}
