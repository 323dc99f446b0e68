/**
 * Puts a table into a page that people write, between its two marks. Throws when one is missing. `what` names the marks,
 * `source` the file of the code that the table is made from.
 * Short because both pages with tables of exit codes, and the guide to rules, have it in common.
 */
export function withTable(page: string, what: string, source: string, rows: readonly (readonly string[])[]): string {
  const begin = `<!-- ${what}: written by \`npm run docs\` from ${source} -->`;
  const end = `<!-- end of ${what} -->`;
  const [before, rest] = page.split(`${begin}\n`);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`a page lacks ${begin} or ${end}`);
  const [header = [], ...body] = rows;
  const lines = [header, header.map(() => "---"), ...body].map((cells) => `| ${cells.join(" | ")} |\n`);
  return `${before}${begin}\n${lines.join("")}${end}${after}`;
}
