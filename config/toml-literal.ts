/** Value of a rule key: a list or table is written on one line. */
type RuleValue = string | number | boolean | readonly string[] | { readonly [key: string]: RuleValue };

/** Formats a value as TOML on one line. */
export function formatTomlLiteral(value: RuleValue): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return `[${value.map((item: string) => quoted(item)).join(", ")}]`;
  const entries = Object.entries(value).map(([key, item]) => `${tomlKey(key)} = ${formatTomlLiteral(item)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

const quoted = (text: string): string =>
  // JSON leaves DEL as it is; TOML requires an escape.
  JSON.stringify(text).replaceAll("\u007f", "\\u007f");

const tomlKey = (key: string): string => (/^[A-Za-z0-9_-]+$/.test(key) ? key : quoted(key));
