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

it("reads a key that is written with escapes, and leaves other keys of its length", () => {
  const results = '"https://api.example.com/v1/messages/batches/b/results"';
  for (const key of [
    "results\\u005furl",
    "\\u0072esults_ur\\u006C",
    "\\u0072\\u0065\\u0073\\u0075\\u006c\\u0074\\u0073\\u005f\\u0075\\u0072\\u006c",
  ])
    expect(withOwnResults(`{"${key}":${results}}`, "http://cco:3000")).toBe(
      `{"${key}":"http://cco:3000/v1/messages/batches/b/results"}`,
    );
  for (const key of ["results_uri", "results\\u002durl"])
    expect(withOwnResults(`{"${key}":${results}}`, "http://cco:3000")).toContain("api.example.com");
});
