import { CONDITIONS } from "#core/rules/conditions/registry.ts";

const BEGIN = "<!-- conditions: written by `npm run docs` from core/rules/conditions -->";
const END = "<!-- end of conditions -->";

/**
 * Puts the table of conditions into the guide to writing rules, between its two marks. Throws when one is missing.
 * Short because it writes one part of one page.
 */
export function withConditionTable(guide: string): string {
  const [before, rest] = guide.split(`${BEGIN}\n`);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`the guide to rules lacks ${BEGIN} or ${END}`);
  return `${before}${BEGIN}\n${buildTable()}${END}${after}`;
}

function buildTable(): string {
  const rows = CONDITIONS.map(({ keys, guide, described }) => {
    const inTest = described === null ? "" : `\`${described.test.key}\``;
    const leftOpen = described === null || described.isAssumed ? "counts as met" : "is a plain request";
    return [keys.map(({ key }) => `\`${key}\``).join(", "), guide.must, guide.value, inTest, leftOpen];
  });
  const header = ["key in `when`", "the request must", "value", "key in `[[test]]`", "a test without it"];
  return [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}
