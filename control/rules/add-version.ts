import { parseOverridesToml } from "#config/overrides-toml.ts";
import type { Actor } from "#core/access/actor.ts";
import { AppError } from "#core/errors.ts";
import { compareRuleSets } from "#core/rules/compare.ts";
import { droppedSafeguards } from "#core/rules/dropped-safeguards.ts";
import type { RuleSet } from "#core/rules/rule-set.ts";
import { hashToml } from "#store/hashes.ts";
import {
  insertRuleVersion,
  latestRuleVersion,
  type RuleVersionRow,
  type RuleVersionSource,
} from "#store/rule-versions.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { mutate } from "../mutate.ts";
import { bringFileUpToDate, type FileOutcome, requireWritableFile, takeInFileEdit } from "./rules-file.ts";
import { type RulesContext, rulesContext } from "./rules-text.ts";
import { type VersionView, versionView } from "./version-view.ts";

/** Maximum number of differences in the audit log; further ones are counted. */
const auditedChangesMax = 40;

export interface Published extends FileOutcome {
  version: VersionView;
}

interface NewContent {
  toml: string;
  ruleSet: RuleSet;
  comment: string;
  applies: "new-sessions" | "now";
  rolledBackTo?: number;
}

/** Builds the content of a new version from the live one, while the write lock is held. */
type MakeContent = (latest: RuleVersionRow | null, context: RulesContext) => NewContent;

/** Prepares a publish: checks that the file is writable, and imports edits of it. */
export async function prepareToPublish(deps: ControlDeps): Promise<void> {
  requireWritableFile(deps);
  await takeInFileEdit(deps);
}

/**
 * Adds the next version, with its audit entry and a raised revision, in one transaction; then the file is written.
 * Refuses when the live version is not the base the actor saw, and when nothing would change.
 */
export async function addVersion(
  actor: Actor,
  action: string,
  basedOn: number | null | undefined,
  deps: ControlDeps,
  make: MakeContent,
): Promise<Published> {
  // Read first: a query beside the transaction would wait for it, and it for the query.
  const context = await rulesContext(deps);
  const row = await mutate(actor, deps, async (tx, at) => {
    const latest = await latestRuleVersion(tx);
    if (basedOn !== undefined && basedOn !== (latest?.number ?? null)) throw changedMeanwhile(basedOn, latest);
    const content = make(latest, context);
    if (latest?.tomlHash === hashToml(content.toml)) throw new AppError("rules.unchanged", { current: latest.number });
    const { ruleSet, ...fields } = content;
    // The source is the actor's channel, for all channels alike.
    const source: RuleVersionSource = actor.via;
    const tokenName = actor.kind === "person" ? (actor.token?.name ?? null) : null;
    const who = { actorId: actor.id, actorName: actor.name, tokenName, source, basedOn: latest?.number ?? null };
    const added = await insertRuleVersion(tx, { ...fields, ...who, publishedAt: at });
    const after = auditedAfter(added, ruleSet, latest, context);
    const before = latest ? { version: latest.number } : null;
    await recordAudit(tx, actor, { action, object: { kind: "rules", id: String(added.number) }, before, after }, at);
    return added;
  });
  return { version: versionView(row), ...(await bringFileUpToDate(deps)) };
}

function changedMeanwhile(basedOn: number | null, latest: RuleVersionRow | null): AppError {
  if (!latest) return new AppError("rules.changed-meanwhile", { current: null, basedOn });
  const { number, toml, comment, actorName, publishedAt } = latest;
  const details = { current: number, basedOn, toml, comment, actorName, publishedAt: publishedAt.toISOString() };
  return new AppError("rules.changed-meanwhile", details, `${actorName} published v${number} meanwhile.`);
}

function auditedAfter(
  added: RuleVersionRow,
  ruleSet: RuleSet,
  latest: RuleVersionRow | null,
  context: RulesContext,
): Record<string, unknown> {
  const { number: version, comment, applies, rolledBackTo } = added;
  const old = latest && parseOverridesToml(latest.toml, context);
  const changes = old?.ok ? compareRuleSets(old.ruleSet, ruleSet).map((change) => change.text) : [];
  return {
    version,
    comment,
    applies,
    ...(rolledBackTo === null ? {} : { rolledBackTo }),
    ...droppedSafeguards(ruleSet),
    changes: changes.slice(0, auditedChangesMax),
    ...(changes.length > auditedChangesMax ? { moreChanges: changes.length - auditedChangesMax } : {}),
  };
}
