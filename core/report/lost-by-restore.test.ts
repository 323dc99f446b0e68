import { expect, it } from "vitest";
import { formatRestored, restoredKinds, restoredRows } from "./lost-by-restore.ts";

const none = { auditEntries: 0, ruleVersions: [] };
const noRequests = { now: 0, archived: 0 };

it("names each kind of row that a restore loses or brings back, and nothing that stays", () => {
  const now = { person: 3, proxy_key: 1, request_event: 12, rule_version: 42, audit_entry: 16, holder_limits: 2 };
  const archived = { person: 2, proxy_key: 3, rule_version: 40, audit_entry: 13, holder_limits: 2 };
  const said = formatRestored({
    rows: restoredRows(now, archived),
    requests: { now: 1_208, archived: 200 },
    lost: { auditEntries: 2, ruleVersions: [41, 42] },
  });

  expect(said.lost).toEqual([
    ...["1,008 requests counted", "1 person", "rules v41, v42", "2 audit entries", "12 single requests of Activity"],
  ]);
  expect(said.back).toEqual(["2 proxy keys"]);
});

it("names every kind that its table shows, one at a time, in both directions", () => {
  for (const [table, { one }] of Object.entries(restoredKinds)) {
    const lost = { ...none, auditEntries: table === "audit_entry" ? 1 : 0 };
    const less = formatRestored({ rows: restoredRows({ [table]: 1 }, {}), requests: noRequests, lost });
    expect(less).toEqual({ lost: [`1 ${one}`], back: [] });
    const more = formatRestored({ rows: restoredRows({}, { [table]: 1 }), requests: noRequests, lost: none });
    expect(more).toEqual({ lost: [], back: [`1 ${one}`] });
  }
});

it("loses nothing where only the audit log has an entry of the backup itself", () => {
  const rows = restoredRows({ audit_entry: 8 }, { audit_entry: 7 });
  expect(formatRestored({ rows, requests: { now: 5, archived: 5 }, lost: none })).toEqual({ lost: [], back: [] });
});
