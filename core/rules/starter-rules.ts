import type { Catalogue } from "#core/costs/catalogue.ts";
import { findModel, findTier } from "#core/costs/model-key.ts";
import { pricesInForce } from "#core/costs/price-table.ts";

/** Rule template for a new installation; off until a person switches it on. */
export interface StarterRule {
  id: "sub-agents" | "titles" | "ci-at-night";
  name: string;
  /** A family, or any model. */
  from: "opus" | "any model";
  fromTier: 1 | 2 | 3 | null;
  to: string;
  toTier: 1 | 2 | 3 | null;
  wouldChange: string;
  /** Price change by the current price list, on the same tokens. */
  price: string;
  skips: string;
  /** Its table in the rules file. */
  toml: string;
}

const fallbackIds = { opus: "claude-opus-5-5", sonnet: "claude-sonnet-5-5", haiku: "claude-haiku-5-5" };

/** Builds the templates with current models and prices. `zone` is the reporting zone, in which the night falls. */
export function starterRules(catalogue: Catalogue, today: string, zone: string): StarterRule[] {
  const ids = { ...fallbackIds, ...catalogue.clientAliases[0]?.aliases };
  const { opus, sonnet, haiku } = ids;
  const night = `20:00-06:00 ${zone}`;
  const opusToSonnet = priceWords(catalogue, today, opus, sonnet);
  const rule = (
    id: StarterRule["id"],
    name: string,
    from: StarterRule["from"],
    to: string,
    when: string,
    words: Pick<StarterRule, "wouldChange" | "price" | "skips">,
  ): StarterRule => ({
    id,
    name,
    from,
    fromTier: from === "opus" ? findTier(catalogue, opus) : null,
    to,
    toTier: findTier(catalogue, to),
    ...words,
    toml: `[[rule]]\nnote = "${name}"\nfrom = "${from === "opus" ? "opus" : "*"}"\nto = "${to}"\nwhen = { ${when} }\npercentage = 10\n`,
  });
  return [
    rule("sub-agents", "Sub-agents of Opus to Sonnet", "opus", sonnet, "subagent = true", {
      wouldChange: "Requests of sub-agents. Main threads stay on Opus.",
      price: opusToSonnet,
      skips: "Requests with features Sonnet lacks, and sessions already running",
    }),
    rule("titles", "Title requests to Haiku", "any model", haiku, "title_like = true", {
      wouldChange: "The short requests that name a session, about one per session.",
      price: `${shareWords(catalogue, today, opus, haiku)} from Opus, ${shareWords(catalogue, today, sonnet, haiku)} from Sonnet, on input`,
      skips: "Sessions already running",
    }),
    rule("ci-at-night", "CI at night", "opus", sonnet, `key = ["ci-*"], hours = "${night}"`, {
      wouldChange: `Requests with a proxy key named ci-…, ${night.replace("-", " – ")}.`,
      price: opusToSonnet,
      skips: "Sessions that began before 20:00",
    }),
  ];
}

/** Whether a rules text holds a template: active as it is, edited since, or not at all. */
type StarterState = "on" | "edited" | "off";

export function starterState(text: string, rule: StarterRule): StarterState {
  const table = starterTable(text, rule);
  if (table === null) return "off";
  return table === rule.toml ? "on" : "edited";
}

/** The table of a template as a rules text has it, to the next table; null where it has none. */
export function starterTable(text: string, { name }: StarterRule): string | null {
  return readTables(text).find((table) => table.split("\n").some((line) => hasNote(line, name))) ?? null;
}

/** Each `[[rule]]` of a text with its lines, without blank lines and comments behind it. */
function readTables(text: string): string[] {
  const tables: string[][] = [];
  let lines: string[] | null = null;
  for (const line of text.split("\n")) {
    if (/^\s*\[/.test(line)) {
      lines = /^\s*\[\[\s*rule\s*\]\]/.test(line) ? [] : null;
      if (lines !== null) tables.push(lines);
    }
    lines?.push(line);
  }
  return tables.map((table) => {
    const last = table.findLastIndex((line) => !/^\s*(#.*)?$/.test(line));
    return `${table.slice(0, last + 1).join("\n")}\n`;
  });
}

function hasNote(line: string, name: string): boolean {
  const [, , text] = /^\s*note\s*=\s*(["'])(.*?)\1\s*(?:#.*)?$/.exec(line) ?? [];
  return text === name;
}

/**
 * Puts the templates into a rules text: the chosen ones active, the others commented out. One that stands there already
 * is changed in its place; one that was edited stays as it is.
 */
export function withStarterRules(text: string, rules: readonly StarterRule[], chosen: ReadonlySet<string>): string {
  let changed = text;
  const added: string[] = [];
  for (const rule of rules) {
    const { id, name, toml } = rule;
    const state = starterState(changed, rule);
    if (state === "edited") continue;
    const wanted = chosen.has(id) ? toml : commented(toml);
    if (state === "on") changed = `${changed}\n`.replace(toml, () => wanted).slice(0, -1);
    else if (changed.includes(commented(toml))) changed = changed.replace(commented(toml), () => wanted);
    else if (chosen.has(id) || !changed.includes(`# note = "${name}"`)) added.push(wanted);
  }
  return added.length === 0 ? changed : `${changed.replace(/\n*$/, "\n")}\n${added.join("\n")}`;
}

/** Comments out a block of the file. */
export const commented = (toml: string): string => toml.replace(/^(?=.)/gm, "# ");

function inputPrice(catalogue: Catalogue, today: string, id: string) {
  const model = findModel(catalogue, id);
  return model && pricesInForce(model, today);
}

function priceWords(catalogue: Catalogue, today: string, from: string, to: string): string {
  const [a, b] = [inputPrice(catalogue, today, from), inputPrice(catalogue, today, to)];
  if (!a || !b) return "Unpriced";
  const share = shareWords(catalogue, today, from, to);
  return `${share} on input: ${dollars(a.input)} / ${dollars(a.output)} → ${dollars(b.input)} / ${dollars(b.output)} per 1M tokens`;
}

/** Formats the price change of input, such as `−50%`. */
function shareWords(catalogue: Catalogue, today: string, from: string, to: string): string {
  const [a, b] = [inputPrice(catalogue, today, from), inputPrice(catalogue, today, to)];
  if (!a || !b || a.input === 0n) return "an unknown part";
  const tenths = Number(((a.input - b.input) * 1000n) / a.input);
  return `${tenths < 0 ? "+" : "−"}${Math.abs(tenths) / 10}%`;
}

/** Nano-dollars per token are thousandths of a dollar per million tokens. */
const dollars = (nano: bigint): string => `$${Number(nano) / 1000}`;
