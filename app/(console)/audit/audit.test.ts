import { describe, expect, it } from "vitest";
import { changedFields } from "./changed-fields.ts";
import type { AuditEntryView } from "./queries.ts";
import { auditSentence } from "./sentence.ts";
import { defaultView, readView, scopeParams, viewParams } from "./url.ts";

const entry = (action: string, after: object | null, before: object | null = null) =>
  ({ action, after, before }) as AuditEntryView;

describe("the sentence of an audit entry", () => {
  it("reads as a sentence after the actor's name", () => {
    expect(auditSentence(entry("team.change-role", { email: "a@b.c", role: "editor" }, { role: "viewer" }))).toBe(
      "changed the role of a@b.c to editor (was viewer)",
    );
    expect(auditSentence(entry("rules.publish", { version: 42 }))).toBe("published rules v42");
    expect(auditSentence(entry("alerts.snooze", { name: "Spool backlog", snoozedUntil: null }))).toBe(
      "ended the snooze of the alert “Spool backlog”",
    );
    expect(auditSentence(entry("alerts.remove-channel", null, { name: "On call" }))).toBe(
      "removed the alert channel “On call”",
    );
  });

  it("falls back to the action's name when it has no words or its fields are missing", () => {
    expect(auditSentence(entry("backup.create", null))).toBe("backup.create");
    expect(auditSentence(entry("team.invite", null))).toContain("unknown");
  });

  it("lists changed fields first, and unchanged ones once", () => {
    const fields = changedFields({ email: "a@b.c", role: "viewer", gone: 1 }, { email: "a@b.c", role: "editor" });

    expect(fields).toEqual([
      { name: "role", before: "viewer", after: "editor", isChanged: true },
      { name: "gone", before: "1", after: null, isChanged: true },
      { name: "email", before: null, after: "a@b.c", isChanged: false },
    ]);
  });
});

describe("the address of the audit log", () => {
  it("round-trips a view and omits defaults", () => {
    const view = { action: "team", actor: "per_1", from: "2026-11-01", to: "2026-11-30" };

    expect(readView(viewParams(view))).toEqual(view);
    expect(viewParams(defaultView)).toEqual({});
  });

  it("includes the whole last day and drops invalid parameters", () => {
    expect(scopeParams({ ...defaultView, from: "2026-11-01", to: "2026-11-30" }, "UTC")).toEqual({
      from: "2026-11-01T00:00:00.000Z",
      to: "2026-12-01T00:00:00.000Z",
    });
    expect(scopeParams({ ...defaultView, from: "2026-10-25", to: "2026-10-25" }, "Europe/Berlin")).toEqual({
      from: "2026-10-24T22:00:00.000Z",
      to: "2026-10-25T23:00:00.000Z",
    });
    expect(readView({ action: "'; drop", from: "yesterday", to: "2026-99-99" })).toEqual(defaultView);
  });
});
