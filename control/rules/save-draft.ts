import * as z from "zod";
import { parseOverridesToml } from "#config/overrides-toml.ts";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { AppError } from "#core/errors.ts";
import { namedHeaders } from "#core/rules/named-headers.ts";
import { bumpRevision } from "#store/revision.ts";
import { findRuleDraft, formatHeaderNames, NO_HEADER_NAMES, writeRuleDraft } from "#store/rule-drafts.ts";
import { inTransaction } from "#store/transaction.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput } from "../input.ts";
import { tomlField, versionField } from "./fields.ts";
import { RULES_MAX, rulesContext } from "./rules-text.ts";

export const saveDraftInput = z.strictObject({ toml: tomlField, basedOn: versionField.nullable() });

export interface DraftView {
  toml: string;
  basedOn: number | null;
  updatedAt: string;
}

/**
 * Saves a person's text, also one with mistakes. Only their own draft changes, so it needs no audit entry. The proxies
 * record the values of the headers that its rules name from the next poll on, so that the draft can be judged.
 */
export async function saveDraft(actor: Actor, input: unknown, deps: ControlDeps): Promise<DraftView> {
  requirePermission(actor, "rules.draft");
  const { toml, basedOn } = parseInput(saveDraftInput, input);
  const id = personId(actor);
  const before = (await findRuleDraft(deps.db, id))?.headerNames ?? NO_HEADER_NAMES;
  const headerNames = await headersNamed(toml, before, deps);
  const draft = { personId: id, toml, basedOn, updatedAt: deps.now(), headerNames };
  const row = await (headerNames === before
    ? writeRuleDraft(deps.db, draft)
    : inTransaction(deps.db, async (tx) => {
        await bumpRevision(tx);
        return writeRuleDraft(tx, draft);
      }));
  return { toml: row.toml, basedOn: row.basedOn, updatedAt: row.updatedAt.toISOString() };
}

/** What the text names, as stored. A text with mistakes, as it is while a person types, names what it named before. */
async function headersNamed(toml: string, before: string, deps: ControlDeps): Promise<string> {
  if (!toml.includes("header")) return NO_HEADER_NAMES;
  const parsed = parseOverridesToml(toml, { ...(await rulesContext(deps)), rulesMax: RULES_MAX });
  return parsed.ok ? formatHeaderNames(namedHeaders(parsed.ruleSet)) : before;
}

/** Reads the actor's own draft, if there is one. */
export async function readDraft(actor: Actor, deps: ControlDeps): Promise<DraftView | null> {
  if (actor.kind !== "person") return null;
  const row = await findRuleDraft(deps.db, actor.id);
  return row && { toml: row.toml, basedOn: row.basedOn, updatedAt: row.updatedAt.toISOString() };
}

/** Returns the id of the person. Drafts belong to people; an operator edits the file. */
export function personId(actor: Actor): string {
  if (actor.kind !== "person") throw new AppError("auth.forbidden", {}, "Only people have drafts.");
  return actor.id;
}
