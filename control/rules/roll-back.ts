import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { AppError } from "#core/errors.ts";
import { ruleVersion } from "#store/rule-versions.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput } from "../input.ts";
import { addVersion, type Published, prepareToPublish } from "./add-version.ts";
import { appliesField, commentField, versionField } from "./fields.ts";
import { readRulesText } from "./rules-text.ts";

export const rollBackInput = z.strictObject({
  /** Version whose content is restored. Never implicit: "the previous one" may be another one a second later. */
  to: versionField,
  /** Set: refuse if another version is live. Absent: roll back any live version, for an emergency. */
  basedOn: versionField.optional(),
  comment: commentField.default(""),
  applies: appliesField.default("new-sessions"),
});

/**
 * Publishes the content of an old version under a new number. Old targets are not checked again: what served once may
 * serve again, and nothing may stand between an admin and the version that worked.
 */
export async function rollBackRules(actor: Actor, input: unknown, deps: ControlDeps): Promise<Published> {
  requirePermission(actor, "rules.roll-back");
  const wanted = parseInput(rollBackInput, input);
  await prepareToPublish(deps);
  const { to } = wanted;
  const old = await ruleVersion(deps.db, to);
  if (!old) throw new AppError("not-found", { version: to }, `There is no version ${to}.`);
  const parsed = await readRulesText(old.toml, deps);
  if (!parsed.ok) throw new AppError("rules.invalid", { problems: parsed.problems });
  return addVersion(actor, "rules.roll-back", wanted.basedOn, deps, () => ({
    toml: old.toml,
    ruleSet: parsed.ruleSet,
    comment: wanted.comment || `Roll back to v${to}`,
    applies: wanted.applies,
    rolledBackTo: to,
  }));
}
