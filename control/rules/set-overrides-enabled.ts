/**
 * Sets `[overrides] enabled` in a TOML text, without changing another byte. Handles the key in its table, dotted
 * (`overrides.enabled`), in an inline table, and absent. The caller parses the result again: a text in any other form
 * comes back with its meaning unchanged or is refused, never silently wrong.
 */
export function setOverridesEnabled(toml: string, enabled: boolean): string {
  const lines = toml.split("\n");
  let table = "";
  let header = -1;
  for (const { index, isStatement } of statements(lines)) {
    const line = lines[index] ?? "";
    if (!isStatement) continue;
    const opened = /^\s*\[{1,2}\s*([^[\]]+?)\s*\]{1,2}\s*(#.*)?$/.exec(line)?.[1];
    if (opened !== undefined) {
      table = plainKey(opened);
      if (table === "overrides") header = index;
      continue;
    }
    const edited = withSwitch(line, table, enabled);
    if (edited !== null) return replaceLine(lines, index, edited);
  }
  if (header !== -1) return replaceLine(lines, header, `${lines[header]}\nenabled = ${enabled}`);
  // No table yet. At the top only keys without a table may stand before it, so it goes to the end.
  const gap = toml === "" || toml.endsWith("\n") ? "" : "\n";
  return `${toml}${gap}${toml === "" ? "" : "\n"}[overrides]\nenabled = ${enabled}\n`;
}

const plainKey = (key: string): string => key.replace(/["'\s]/g, "");

function withSwitch(line: string, table: string, enabled: boolean): string | null {
  const key = plainKey(line.slice(0, Math.max(0, line.indexOf("="))));
  const isSwitch = table === "overrides" ? key === "enabled" : table === "" && key === "overrides.enabled";
  if (isSwitch) return line.replace(/=(\s*)(true|false)/, `=$1${enabled}`);
  const isInline = table === "" && key === "overrides" && /=\s*\{/.test(line);
  if (!isInline) return null;
  if (/[{,]\s*enabled\s*=/.test(line)) return line.replace(/([{,]\s*enabled\s*=\s*)(true|false)/, `$1${enabled}`);
  return line.replace(/=\s*\{\s*/, (start) => `${start}enabled = ${enabled}${/\{\s*\}/.test(line) ? " " : ", "}`);
}

function replaceLine(lines: readonly string[], index: number, line: string): string {
  return [...lines.slice(0, index), line, ...lines.slice(index + 1)].join("\n");
}

/**
 * Lists the lines, and whether a statement begins on each. Lines inside arrays and multi-line strings are not keys or
 * headers.
 */
function statements(lines: readonly string[]): { index: number; isStatement: boolean }[] {
  let depth = 0;
  let quote: string | null = null;
  return lines.map((line, index) => {
    const isStatement = depth === 0 && quote === null;
    const isHeader = isStatement && /^\s*\[/.test(line);
    for (let at = 0; at < line.length; at += 1) {
      if (quote !== null) {
        if (line[at] === "\\" && quote[0] === '"') at += 1;
        else if (line.startsWith(quote, at)) {
          at += quote.length - 1;
          quote = null;
        }
        continue;
      }
      const char = line[at] ?? "";
      if (char === "#") break;
      if (char === '"' || char === "'") {
        quote = line.startsWith(char.repeat(3), at) ? char.repeat(3) : char;
        at += quote.length - 1;
      } else if (!isHeader && (char === "[" || char === "{")) depth += 1;
      else if (!isHeader && (char === "]" || char === "}")) depth = Math.max(0, depth - 1);
    }
    if (quote?.length === 1) quote = null;
    return { index, isStatement };
  });
}
