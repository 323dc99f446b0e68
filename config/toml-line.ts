/** Path in a parsed TOML document, as keys and array indexes. */
export type TomlPath = readonly PropertyKey[];

/**
 * Finds the 1-based line of a path in a TOML text, for error messages. It is exact for tables, keys and one inline
 * table per line. Otherwise it is the line of the nearest enclosing element.
 */
export function lineOfPath(text: string, path: TomlPath): number {
  const lines = text.split("\n");
  let found = 0;
  let from = 0;
  let until = lines.length;
  let header = "";
  for (const [depth, step] of path.entries()) {
    if (typeof step === "number") {
      const isTable = lines.some((line) => isHeader(line, `[[${header}]]`));
      const at = isTable
        ? nth(lines, from, until, step, (line) => isHeader(line, `[[${header}]]`))
        : nth(lines, from, until, step, (line, index) => line.trimStart().startsWith("{") && index > found);
      if (at === -1) break;
      if (isTable) until = endOfTable(lines, at, header);
      found = at;
      from = at;
      continue;
    }
    header = header === "" ? String(step) : `${header}.${String(step)}`;
    if (typeof path[depth + 1] === "number" && lines.some((line) => isHeader(line, `[[${header}]]`))) continue;
    const at = nth(lines, from, until, 0, (line) => isHeader(line, `[${header}]`) || holdsKey(line, String(step)));
    if (at === -1) break;
    found = at;
    from = at;
  }
  return found + 1;
}

const isHeader = (line: string, header: string): boolean => line.trim().split("#")[0]?.trim() === header;

const holdsKey = (line: string, key: string): boolean => {
  const code = line.split("#")[0] ?? "";
  return code
    .replace(/"[^"]*"/g, "")
    .split(/[{,]/)
    .some((part) => part.split("=").length > 1 && part.split("=")[0]?.trim() === key);
};

function nth(
  lines: readonly string[],
  from: number,
  until: number,
  wanted: number,
  is: (line: string, index: number) => boolean,
): number {
  let seen = 0;
  for (let index = from; index < until; index += 1) {
    if (!is(lines[index] ?? "", index)) continue;
    if (seen === wanted) return index;
    seen += 1;
  }
  return -1;
}

/** Finds the end of an array's table: the next header that is none of its sub-tables. */
function endOfTable(lines: readonly string[], at: number, header: string): number {
  for (let index = at + 1; index < lines.length; index += 1) {
    const line = (lines[index] ?? "").trim();
    if (line.startsWith("[[") || (/^\[[\w."-]+\]/.test(line) && !line.startsWith(`[${header}.`))) return index;
  }
  return lines.length;
}
