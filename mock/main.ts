import { startMock } from "./server.ts";

/** The fake upstream as a process: MOCK_PORT (0 = any free one), MOCK_FAST=1 for load, MOCK_RECORD=1 to keep requests. */
const mock = await startMock({
  port: Number(process.env.MOCK_PORT ?? 4010),
  host: process.env.MOCK_HOST ?? "127.0.0.1",
  fast: process.env.MOCK_FAST === "1",
  record: process.env.MOCK_RECORD === "1",
  mood: process.env.MOCK_MOOD ?? "",
  batchMs: Number(process.env.MOCK_BATCH_MS ?? 3_000),
});
process.stdout.write(`mock upstream on ${mock.url}\n`);
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => void mock.close().then(() => process.exit(0)));
