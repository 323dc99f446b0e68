import { expect, it } from "vitest";
import { aRule, compiledRules } from "#tests/support/rule-builders.ts";
import { findShareBucket } from "./share-bucket.ts";
import { toShareBucket } from "./stable-hash.ts";

const shared = aRule({ percentage: 50 });
const whole = aRule();
const compiled = compiledRules(shared, whole);
const bucket = (ruleId: string | null, reason: string) => findShareBucket(compiled, { ruleId, reason }, "session-1");
const expected = (ruleId: string) => Math.floor(toShareBucket(ruleId, "session-1") / 100);

it.each(["rule", "outside-share", "hazard:E23", "upstream_404", "same-model"])(
  "finds the bucket of a session that a share decided with the reason %s",
  (reason) => {
    expect(bucket(shared.id, reason)).toBe(expected(shared.id));
  },
);

it("finds no bucket without a rule, for a rule that serves all sessions, and where a condition failed first", () => {
  expect(bucket(null, "no-rule")).toBeNull();
  expect(bucket(whole.id, "rule")).toBeNull();
  expect(bucket(shared.id, "condition")).toBeNull();
  expect(bucket(shared.id, "outside-window")).toBeNull();
});

it("keeps the bucket of a session whose rule was removed, or serves all sessions since", () => {
  expect(bucket("rul_removed", "rule")).toBe(expected("rul_removed"));
  expect(bucket(whole.id, "outside-share")).toBe(expected(whole.id));
});
