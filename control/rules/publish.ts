import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { AppError } from "#core/errors.ts";
import { formatCounted } from "#core/report/plural.ts";
import type { RuleSet } from "#core/rules/rule-set.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput } from "../input.ts";
import { addVersion, type Published, prepareToPublish } from "./add-version.ts";
import { endDraft } from "./discard-draft.ts";
import { appliesField, commentField, tomlField, versionField } from "./fields.ts";
import { checkRulesText } from "./rules-text.ts";

export const publishInput = z.strictObject({
  toml: tomlField,
  comment: commentField.default(""),
  /** Version the text is based on; null only before the first publish. */
  basedOn: versionField.nullable(),
  applies: appliesField.default("new-sessions"),
});

/**
 * Publishes a text as the next live version. Refused, with nothing changed: a missing comment, a text with errors, a
 * new target the provider would not serve, a failing test of the text, a base that is not live any more
 * (`rules.changed-meanwhile` carries the version to rebase on), and a rules file that cannot be written.
 */
export async function publishRules(actor: Actor, input: unknown, deps: ControlDeps): Promise<Published> {
  requirePermission(actor, "rules.publish");
  const { toml, comment, basedOn, applies } = parseInput(publishInput, input);
  if (comment === "") throw new AppError("rules.comment-required");
  await prepareToPublish(deps);
  const ruleSet = await requirePublishable(toml, deps);
  const content = { toml, ruleSet, comment, applies };
  const published = await addVersion(actor, "rules.publish", basedOn, deps, () => content);
  // End the draft with a publish in the console. A script of the same person must not delete what they are editing.
  if (actor.kind === "person") await endDraft(actor.id, deps, actor.via === "console" ? undefined : toml);
  return published;
}

async function requirePublishable(toml: string, deps: ControlDeps): Promise<RuleSet> {
  const { ruleSet, problems, refused, tests } = await checkRulesText(toml, deps);
  if (!ruleSet) throw new AppError("rules.invalid", { problems });
  if (refused.length > 0) throw new AppError("rules.invalid", { problems: refused }, refused[0]?.message);
  const failed = tests.filter((result) => !result.ok).map((result) => result.sentence);
  if (failed.length > 0) {
    const count = formatCounted(failed.length, "test");
    const text = `${count} of these rules failed. Nothing was published.`;
    throw new AppError("rules.invalid", { problems: [], failedTests: failed }, text);
  }
  return ruleSet;
}
