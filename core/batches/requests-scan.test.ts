import fc from "fast-check";
import { expect, it } from "vitest";
import { RequestsScan, type ScannedRequest } from "./requests-scan.ts";

function scan(text: string, size = 7): ScannedRequest[] {
  const found: ScannedRequest[] = [];
  const scanning = new RequestsScan((request) => found.push(request));
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) scanning.push(bytes.subarray(at, at + size));
  return found;
}

it("finds model, answer limit and size of each request", () => {
  const params = { max_tokens: 100, model: "claude-opus-5-5", messages: [{ role: "user", content: 'a "q" ] } \\ ü' }] };
  const text = JSON.stringify({ requests: [{ custom_id: "a", params }, { params: {} }, {}] }, null, 1);
  const [one, ...others] = scan(text);
  expect(one).toMatchObject({ model: "claude-opus-5-5", maxTokens: 100 });
  // The first request's parameters as they are written, from brace to brace.
  const from = text.indexOf("{", text.indexOf('"params"'));
  expect(one?.bytes).toBe(Buffer.byteLength(text.slice(from, text.indexOf("}\n  },", from) + 1)));
  expect(others).toEqual([
    { model: null, maxTokens: 0, bytes: 2 },
    { model: null, maxTokens: 0, bytes: 0 },
  ]);
});

it("looks at its own fields alone, in any spelling, and takes the last of two", () => {
  const text = `{"a":{"requests":[{"params":{"model":"no"}}]},"requests":"no","re\\u0071uests":[
    {"model":"no","params":{"system":{"model":"no"},"tools":[{"model":"no"}],"model":"first","mod\\u0065l":"last","max_tokens": 5,"max_tokens": 6 }}]}`;
  expect(scan(text)).toMatchObject([{ model: "last", maxTokens: 6 }]);
});

it("finds in any JSON, cut in any way, what JSON.parse finds", () => {
  const key = fc.constantFrom("model", "max_tokens", "messages", "params", "requests", "x");
  const value = fc.oneof(
    fc.constantFrom("claude", 7, 1.5, null, true),
    fc.string(),
    fc.json().map((text) => JSON.parse(text)),
  );
  const params = fc.dictionary(key, value);
  const request = fc.oneof(fc.record({ custom_id: fc.string(), params }), fc.dictionary(key, value));
  const body = fc.record({ requests: fc.array(request) });
  fc.assert(
    fc.property(body, fc.integer({ min: 1, max: 40 }), fc.constantFrom(undefined, 1), (made, size, indent) => {
      const expected = made.requests.map((raw) => {
        const found = (raw as { params?: unknown }).params;
        const isObject = typeof found === "object" && found !== null && !Array.isArray(found);
        const fields = isObject ? (found as Record<string, unknown>) : {};
        const maxTokens = Number.isSafeInteger(fields.max_tokens) ? Math.max(0, fields.max_tokens as number) : 0;
        return { model: typeof fields.model === "string" ? fields.model : null, maxTokens };
      });
      expect(scan(JSON.stringify(made, null, indent), size)).toMatchObject(expected);
    }),
  );
});

it.each(["", "[", "{", '{"requests":[', '{"requests":[{"params":{"model":"a', "}}}}]]", '"requests"'])(
  "finds nothing in %s",
  (text) => {
    expect(scan(text)).toEqual([]);
  },
);
