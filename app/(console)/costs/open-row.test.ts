import { describe, expect, it } from "vitest";
import { findRowTarget } from "./open-row.ts";
import { defaultView } from "./url.ts";

const range = { from: "2026-10-10", to: "2026-11-05" };
const view = { ...defaultView, range: "2026-10-10..2026-11-05" };

describe("a row of costs", () => {
  it("of a day opens its models, of a week or month its days within the range", () => {
    const open = (group: "day" | "week" | "month", key: string) => findRowTarget([{ group, key }], view, range);
    expect(open("day", "2026-10-12")).toMatchObject({ change: { range: "2026-10-12", group: "model" } });
    expect(open("week", "2026-10-05")).toMatchObject({ change: { range: "2026-10-10..2026-10-12", group: "day" } });
    expect(open("week", "2026-10-12")).toMatchObject({ change: { range: "2026-10-12..2026-10-19" } });
    expect(open("month", "2026-11")).toMatchObject({ change: { range: "2026-11-01..2026-11-05" } });
  });

  it("of a project opens its days, of a part both filters at once", () => {
    const project = { group: "project", key: "web" } as const;
    expect(findRowTarget([project], view, range)).toMatchObject({
      change: { filters: { project: ["web"] }, group: "day", split: null },
    });
    const part = findRowTarget([project, { group: "model", key: "claude-haiku-5-5" }], view, range);
    expect(part).toMatchObject({ change: { filters: { project: ["web"], model: ["claude-haiku-5-5"] } } });
  });

  it("of a proxy key, rule or requested model opens its requests, with the filters of the page", () => {
    const filtered = { ...view, filters: { ...view.filters, team: ["core"] } };
    const target = findRowTarget([{ group: "key", key: "key_1" }], filtered, range);
    const url = new URL(target?.kind === "requests" ? target.href : "", "http://localhost");
    expect(Object.fromEntries(url.searchParams)).toEqual({ range: view.range, team: "core", key: "key_1" });
  });

  it("leads nowhere without a name, and from an endpoint", () => {
    expect(findRowTarget([{ group: "project", key: "" }], view, range)).toBeNull();
    expect(findRowTarget([{ group: "endpoint", key: "messages" }], view, range)).toBeNull();
  });
});
