import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadCore } from "./cores.ts";
import { type LoadShape, wireForm } from "./load.ts";
import { start } from "./processes.ts";

interface Quantiles {
  p50: number;
  p99: number;
}

/** What callers of a stream wait for: its first byte and its last, in milliseconds. */
export interface Waits {
  requests: number;
  failures: number;
  first: Quantiles;
  whole: Quantiles;
}

/** One run of the bench's own client, which looks at every answer from its first byte on. */
export async function firstByte(
  dir: string,
  url: string,
  { name, request, connections }: LoadShape,
  seconds: number,
): Promise<Waits> {
  const file = join(dir, `${name}.request`);
  writeFileSync(file, wireForm(request, new URL(url).host));
  const args = ["bench/first-byte-client.mjs", url, file, String(connections), String(seconds)];
  const client = await start(loadCore, process.execPath, args, {}, /MEASURED (\{.*\})/);
  return JSON.parse(client.said) as Waits;
}
