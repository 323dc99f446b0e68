import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { AppError } from "#core/errors.ts";
import type { Problem } from "#core/rules/rule-set.ts";
import { latestRuleVersion, ruleVersion } from "#store/rule-versions.ts";
import type { ControlDeps } from "../deps.ts";
import { readRulesText } from "./rules-text.ts";
import { type VersionView, versionView } from "./version-view.ts";

export interface VersionDetail extends VersionView {
  toml: string;
  isLive: boolean;
  /** Live version number. */
  live: number;
  /** Problems of the text as checked today. */
  problems: Problem[];
  ruleCount: number;
}

/** Shows one version with its text, exactly as published. */
export async function showVersion(actor: Actor, number: number, deps: ControlDeps): Promise<VersionDetail> {
  requirePermission(actor, "rules.read");
  const row = await ruleVersion(deps.db, number);
  const latest = await latestRuleVersion(deps.db);
  if (!row || !latest) throw new AppError("not-found", { version: number }, `There is no version ${number}.`);
  const parsed = await readRulesText(row.toml, deps);
  return {
    ...versionView(row),
    toml: row.toml,
    isLive: row.number === latest.number,
    live: latest.number,
    problems: parsed.problems,
    ruleCount: parsed.ok ? parsed.ruleSet.rules.length : 0,
  };
}
