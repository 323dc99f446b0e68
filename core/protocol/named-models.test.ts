import { isUtf8 } from "node:buffer";
import { expect, it } from "vitest";
import { indexBody } from "../json-index/body-index.ts";
import { findNamedModels } from "./named-models.ts";

const namedIn = (text: string) => {
  const bytes = Buffer.from(text);
  const indexed = indexBody(bytes, isUtf8);
  return indexed.ok ? findNamedModels(bytes, indexed.value).map(({ field, model }) => `${field} ${model}`) : indexed;
};

it.each([
  [
    "an advisor among the tools",
    '"tools":[{"name":"Bash"},{"type":"advisor_20260301","model":"opus"}]',
    ["tools opus"],
  ],
  ["fallbacks", '"fallbacks":[{"model":"opus"},{"model":"sonnet"}]', ["fallbacks opus", "fallbacks sonnet"]],
  ["a key with escapes", String.raw`"tools":[{"mode\u006c":"opus"}]`, ["tools opus"]],
  ["a model with escapes", String.raw`"fallbacks":[{"model":"op\u0075s"}]`, ["fallbacks opus"]],
  ["both of a repeated key", '"tools":[{"model":"haiku","model":"opus"}]', ["tools haiku", "tools opus"]],
  ["no parameter of a tool", '"tools":[{"name":"pick","input_schema":{"properties":{"model":{"type":"string"}}}}]', []],
  ["nothing that is no text", '"tools":[{"model":5},7],"fallbacks":"opus"', []],
])("finds %s", (_what, fields, named) => {
  expect(namedIn(`{"model":"haiku",${fields},"messages":[]}`)).toEqual(named);
});

it("a body that repeats its fallbacks is refused, because two readers would see two requests", () => {
  expect(namedIn('{"model":"haiku","fallbacks":[],"fallbacks":[{"model":"opus"}],"messages":[]}')).toMatchObject({
    ok: false,
  });
});
