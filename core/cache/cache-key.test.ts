import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { indexBody } from "#core/json-index/body-index.ts";
import { modelEdit } from "#core/protocol/splice.ts";
import { buildScope, type CacheKeyParts, type CacheScope, cacheKey, type ScopeFacts } from "./cache-key.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** Stands for the digest: two texts are one exactly when they are equal. */
const whole = (parts: readonly (string | Uint8Array)[]) =>
  parts.map((part) => (typeof part === "string" ? part : decoder.decode(part))).join("");

const unidentified: ScopeFacts = {
  team: null,
  keyProject: null,
  personId: null,
  proxyKeyId: null,
  ownCredentialHash: null,
};
const scope = buildScope({ ...unidentified, personId: "per_1" }, false) as CacheScope;

function buildBody(text: string): NonNullable<CacheKeyParts["body"]> {
  const bytes = encoder.encode(text);
  const index = indexBody(bytes, () => true);
  if (!index.ok) throw new Error(index.error.message);
  return { bytes, index: index.value, edits: [] };
}

const question = '{"model":"m","metadata":{"user_id":"u"},"messages":[]}';
const parts = (change: Partial<CacheKeyParts> = {}): CacheKeyParts => ({
  scope,
  method: "POST",
  path: "/v1/messages",
  query: "",
  servedModel: "m",
  headers: { "anthropic-version": "2023-06-01" },
  isStream: false,
  body: buildBody(question),
  ...change,
});
const buildKey = (change: Partial<CacheKeyParts> = {}) => cacheKey(parts(change), whole);

describe("the key of a request", () => {
  it("cannot be built without a scope, nor with one that was not made from what the server knows", () => {
    const { scope: _scope, ...withoutScope } = parts();
    // @ts-expect-error the scope is missing
    cacheKey(withoutScope, whole);
    // @ts-expect-error a caller-made text is no scope
    cacheKey({ ...withoutScope, scope: "person" }, whole);

    expect(buildScope(unidentified, false)).toBeNull();
    expect(buildScope(unidentified, true)).toBeNull();
  });

  it("changes with everything that may change the answer", () => {
    const other: Partial<CacheKeyParts>[] = [
      { scope: buildScope({ ...unidentified, personId: "per_2" }, false) as CacheScope },
      { method: "GET" },
      { path: "/v1/messages/count_tokens" },
      { query: "?limit=5" },
      { servedModel: "n" },
      { headers: { "anthropic-version": "2023-06-02" } },
      { headers: { "anthropic-version": "2023-06-01", "anthropic-beta": "b" } },
      { headers: {} },
      { isStream: true },
      { body: buildBody('{"model":"m","metadata":{"user_id":"u"},"messages":[] }') },
      { body: buildBody('{"model":"m","metadata":{"user_id":"u","x":1},"messages":[]}') },
      { body: { ...buildBody(question), edits: [{ start: 1, end: 1, bytes: encoder.encode('"x":1,'), why: "" }] } },
      { body: null },
    ];

    const keys = other.map(buildKey);

    expect(new Set([buildKey(), ...keys]).size).toBe(other.length + 1);
  });

  it("does not change with the asked model, the session, or the order of betas", () => {
    const asked = buildBody(
      '{"model":"claude-of-another-name","metadata":{"user_id":"another \\"user\\""},"messages":[]}',
    );
    const edit = modelEdit(asked.index.modelSpan, "m", "served model");

    expect(buildKey({ body: { ...asked, edits: [edit] } })).toBe(buildKey());
    expect(buildKey({ headers: { "anthropic-version": "2023-06-01", "x-claude-code-session-id": "s" } })).toBe(
      buildKey(),
    );
    expect(buildKey({ headers: { "anthropic-beta": "b, a,b" } })).toBe(
      buildKey({ headers: { "anthropic-beta": "a,b" } }),
    );
    expect(buildKey({ query: "?beta=true" })).toBe(buildKey());
  });

  it("holds for edits at the same place, independent of the name before them", () => {
    const withEdit = (model: string) => {
      const body = buildBody(`{"model":"${model}","max_tokens":9,"messages":[]}`);
      const field = body.index.fields.get("max_tokens");
      const edit = { start: field?.start ?? 0, end: field?.end ?? 0, bytes: encoder.encode("8"), why: "" };
      return buildKey({ body: { ...body, edits: [modelEdit(body.index.modelSpan, "m", ""), edit] } });
    };

    expect(withEdit("a")).toBe(withEdit("a-much-longer-name"));
  });

  it("builds the same key for two requests only when their counted bytes and facts are equal (any bodies)", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 12 });
    const request = fc.record({
      system: text,
      user: text,
      model: text.filter((name) => /^[a-z]+$/.test(name) || name === ""),
    });
    fc.assert(
      fc.property(request, request, fc.boolean(), (one, other, isStream) => {
        const key = ({ system, user, model }: typeof one) =>
          buildKey({
            isStream,
            body: buildBody(JSON.stringify({ model: `m${model}`, system, metadata: { user_id: user } })),
          });

        expect(key(one) === key(other)).toBe(one.system === other.system);
      }),
    );
  });

  it("keeps any two callers apart, and lets a project share only what the operator's key asked", () => {
    const name = fc.option(fc.constantFrom("a", "b", 'a","b', ""), { nil: null });
    const facts = fc.record({
      team: name,
      keyProject: name,
      personId: name,
      proxyKeyId: name,
      ownCredentialHash: name,
    });
    fc.assert(
      fc.property(facts, facts, fc.boolean(), (one, other, isShared) => {
        const [first, second] = [buildScope(one, isShared), buildScope(other, isShared)];
        if (first === null || first !== second) return;
        const isProject = isShared && one.keyProject !== null && one.ownCredentialHash === null;
        if (isProject) {
          expect([other.team, other.keyProject, other.ownCredentialHash]).toEqual([one.team, one.keyProject, null]);
        } else {
          expect(other.ownCredentialHash).toBe(one.ownCredentialHash);
          expect(other.personId).toBe(one.personId);
          if (one.personId === null) expect(other.proxyKeyId).toBe(one.proxyKeyId);
        }
      }),
    );
  });
});
