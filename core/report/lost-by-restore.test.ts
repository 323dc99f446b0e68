import { expect, it } from "vitest";
import { formatLost } from "./lost-by-restore.ts";

it("names each kind of what came after a backup, and nothing that did not", () => {
  const requests = { now: 1_208, archived: 200 };
  const lost = { auditEntries: 2, ruleVersions: [41, 42] };
  expect(formatLost({ requests, lost })).toEqual(["1,008 requests", "rules v41, v42", "2 audit entries"]);
  const none = { auditEntries: 0, ruleVersions: [] };
  expect(formatLost({ requests: { now: 5, archived: 9 }, lost: none })).toEqual([]);
  expect(formatLost({ requests: { now: 1, archived: 0 }, lost: { ...none, auditEntries: 1 } })).toEqual([
    ...["1 request", "1 audit entry"],
  ]);
});
