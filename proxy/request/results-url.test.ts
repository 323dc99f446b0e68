import { expect, it } from "vitest";
import { withOwnResults } from "./results-url.ts";

const at = (value: string) => `{"id":"b","results_url": ${value},"processing_status":"ended"}`;

it("puts the caller's base URL before the path of results and changes nothing else", () => {
  const from = at('"https:\\/\\/api.example.com/v1/messages/batches/msgbatch_1/results"');
  expect(withOwnResults(from, "http://cco:3000/p/web")).toBe(
    at('"http://cco:3000/p/web/v1/messages/batches/msgbatch_1/results"'),
  );
  expect(withOwnResults(`[${from},${from}]`, "http://cco:3000").split("http://cco:3000/v1")).toHaveLength(3);
});

it.each([
  "null",
  '"https://elsewhere.example/file"',
  '"no address"',
  '"a text: \\"results_url\\": \\"https://x.example/v1/messages/batches/b/results\\""',
])("leaves the results address %s unchanged", (value) => {
  expect(withOwnResults(at(value), "http://cco:3000")).toBe(at(value));
});
