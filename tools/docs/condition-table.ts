import { CONDITIONS } from "#core/rules/conditions/registry.ts";
import { withTable } from "./marked-table.ts";

/** Puts the table of conditions into the guide to writing rules. Short because it writes one part of one page. */
export function withConditionTable(guide: string): string {
  const rows = CONDITIONS.map(({ keys, guide, described }) => {
    const inTest = described === null ? "" : `\`${described.test.key}\``;
    const leftOpen = described === null || described.isAssumed ? "counts as met" : "is a plain request";
    return [keys.map(({ key }) => `\`${key}\``).join(", "), guide.must, guide.value, inTest, leftOpen];
  });
  const header = ["key in `when`", "the request must", "value", "key in `[[test]]`", "a test without it"];
  return withTable(guide, "conditions", "core/rules/conditions", [header, ...rows]);
}
