import { expect, it } from "vitest";
import { findNamedFiles } from "./named-files.ts";

const found = (content: unknown, more: object = {}, space?: number) =>
  findNamedFiles(Buffer.from(JSON.stringify({ messages: [{ role: "user", content }], ...more }, null, space)));
const document = (source: unknown) => [{ type: "document", source }];
const FILE = { type: "file", file_id: "file_1" };
const ADDRESS = { type: "url", url: "https://a.example/a.pdf" };

it("T22j: finds documents and pictures whose size the body does not say, at each place they may stand", () => {
  for (const space of [undefined, 2])
    for (const content of [
      document(FILE),
      document(ADDRESS),
      [{ type: "image", source: ADDRESS }],
      [{ type: "container_upload", file_id: "file_1" }],
      [{ type: "tool_result", tool_use_id: "t", content: document(FILE) }],
      document({ type: "content", content: [{ type: "image", source: ADDRESS }] }),
      [{ type: "text", text: "read this" }, ...document(ADDRESS)],
    ])
      expect(found(content, {}, space), JSON.stringify(content)).toBe(true);
});

it("T22j: finds them with escaped names and values, and takes a body too long to be read to have them", () => {
  const written = (from: string, to: string, source: unknown) =>
    findNamedFiles(Buffer.from(JSON.stringify({ messages: [{ content: document(source) }] }).replaceAll(from, to)));
  expect(written("file_id", "file\\u005fid", FILE)).toBe(true);
  expect(written('"url"', '"ur\\u006c"', ADDRESS)).toBe(true);
  expect(written('"url"', '"\\u0075rl"', ADDRESS)).toBe(true);
  expect(
    found("x".repeat(5_000_000), { tools: [{ name: "box", input_schema: { properties: { file_id: {} } } }] }),
  ).toBe(true);
});

it("T22j: takes the words of tools, of what they were called with, and of texts for nothing", () => {
  const parameters = { type: "object", properties: { file_id: { type: "string" }, link: { format: "url" } } };
  const calls = [
    { type: "tool_use", id: "t", name: "Grep", input: { pattern: "url", file_id: "f", source: FILE } },
    { type: "tool_use", id: "u", name: "url", input: { type: "url", url: "https://a.example" } },
  ];
  expect(found("hello", { tools: [{ name: "box", input_schema: parameters }] })).toBe(false);
  expect(found(calls)).toBe(false);
  expect(found('{"type":"url","file_id":"file_1"}')).toBe(false);
  expect(found([{ type: "text", text: "\\u0066ile_id \\u005f" }])).toBe(false);
  expect(found(document({ type: "base64", media_type: "application/pdf", data: "JVBERi0=" }))).toBe(false);
  expect(found(document({ type: "text", media_type: "text/plain", data: "file_id" }))).toBe(false);
  expect(findNamedFiles(Buffer.from('{"messages": [{"content": [{"source": {"file_id": 1'))).toBe(false);
});
