import { readRulesFile } from "#config/rules-file.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import type { RuleSet } from "#core/rules/rule-set.ts";
import type { Log } from "../process/log.ts";
import { readLastGood } from "./last-good-rules.ts";
import { firstSentence, formatProblem, parseRulesText } from "./rules-text.ts";

/** Neither the rules file nor the last good copy can be served: the process must not start. */
export class NoRules extends Error {}

interface FirstRulesOptions {
  rulesFile: string;
  dataDir: string;
  catalogue: Catalogue;
  log: Log;
  now(): number;
}

/**
 * Reads the rules to start with: those of the file, or the last good ones where it cannot be read. `fault` is one
 * sentence about the file, null when its rules serve. Throws NoRules with the one message to show.
 */
export function readFirstRules(options: FirstRulesOptions): { text: string; ruleSet: RuleSet; fault: string | null } {
  const { rulesFile, dataDir, catalogue, log, now } = options;
  const parse = (text: string) => parseRulesText(text, catalogue, now());
  const file = readRulesFile(rulesFile);
  const parsed = file.kind === "found" ? parse(file.text) : null;
  const lastGood = readLastGood(dataDir);
  // An emptied file does not switch every rule off at a start either. Only a first start may be without rules.
  const isEmptied = file.kind === "found" && file.text.trim() === "" && lastGood !== null && lastGood.trim() !== "";
  if (file.kind === "found" && parsed?.ok && !isEmptied) {
    for (const warning of parsed.problems) log.warn({}, formatProblem(rulesFile, warning));
    return { text: file.text, ruleSet: parsed.ruleSet, fault: null };
  }
  const fault = isEmptied
    ? `The rules file ${rulesFile} is empty.`
    : file.kind === "found" && parsed !== null
      ? firstSentence(rulesFile, parsed.problems)
      : `The rules file ${rulesFile} ${file.kind === "missing" ? "does not exist" : "cannot be read"}: name an existing one with --config or CCO_CONFIG.`;
  const parsedLastGood = lastGood === null ? null : parse(lastGood);
  if (lastGood === null || !parsedLastGood?.ok) throw new NoRules(fault);
  log.line(`${fault} The last good rules serve meanwhile.`);
  return { text: lastGood, ruleSet: parsedLastGood.ruleSet, fault };
}
