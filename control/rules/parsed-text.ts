import { parseOverridesToml } from "#config/overrides-toml.ts";
import { BoundedCache } from "#core/memo.ts";
import type { RuleSet } from "#core/rules/rule-set.ts";
import type { ControlDeps } from "../deps.ts";

/** By the hash of the text, which never changes; more than the versions that Costs searches at once. */
const parsed = new BoundedCache<string, RuleSet | null>({ entriesMax: 400 });

/** Parses the text of a published version, read on demand. Null when it cannot be parsed any more. */
export async function parsedText(
  tomlHash: string,
  readToml: () => string | Promise<string>,
  deps: ControlDeps,
): Promise<RuleSet | null> {
  const known = parsed.get(tomlHash);
  if (known !== undefined) return known;
  const today = deps.now().toISOString().slice(0, 10);
  const result = parseOverridesToml(await readToml(), { catalogue: deps.config.catalogue, today });
  const ruleSet = result.ok ? result.ruleSet : null;
  parsed.set(tomlHash, ruleSet);
  return ruleSet;
}
