import { parseOverridesToml } from "#config/overrides-toml.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import type { Problem } from "#core/rules/rule-set.ts";

export const parseRulesText = (text: string, catalogue: Catalogue, nowMs: number) =>
  parseOverridesToml(text, { catalogue, today: new Date(nowMs).toISOString().slice(0, 10) });

/** The first error among problems, in one line. */
export function firstSentence(file: string, problems: readonly Problem[]): string {
  const first = problems.find((problem) => problem.severity === "error") ?? problems[0];
  return first === undefined ? `${file} is not valid.` : formatProblem(file, first);
}

/** Formats `file:line:column: what is wrong and what to write instead.` The message holds the fix already. */
export function formatProblem(file: string, { line, column, message }: Problem): string {
  const end = /[.!?]$/.test(message) ? "" : ".";
  return `${file}:${line}:${column}: ${message}${end}`;
}
