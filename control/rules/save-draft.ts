import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { AppError } from "#core/errors.ts";
import { ruleDraftOf, writeRuleDraft } from "#store/rule-drafts.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput } from "../input.ts";
import { tomlField, versionField } from "./fields.ts";

export const saveDraftInput = z.strictObject({ toml: tomlField, basedOn: versionField.nullable() });

export interface DraftView {
  toml: string;
  basedOn: number | null;
  updatedAt: string;
}

/** Saves a person's text without checking it. Only their own draft changes, so it needs no audit entry. */
export async function saveDraft(actor: Actor, input: unknown, deps: ControlDeps): Promise<DraftView> {
  requirePermission(actor, "rules.draft");
  const { toml, basedOn } = parseInput(saveDraftInput, input);
  const row = await writeRuleDraft(deps.db, { personId: personId(actor), toml, basedOn, updatedAt: deps.now() });
  return { toml: row.toml, basedOn: row.basedOn, updatedAt: row.updatedAt.toISOString() };
}

/** Reads the actor's own draft, if there is one. */
export async function readDraft(actor: Actor, deps: ControlDeps): Promise<DraftView | null> {
  if (actor.kind !== "person") return null;
  const row = await ruleDraftOf(deps.db, actor.id);
  return row && { toml: row.toml, basedOn: row.basedOn, updatedAt: row.updatedAt.toISOString() };
}

/** Returns the id of the person. Drafts belong to people; an operator edits the file. */
export function personId(actor: Actor): string {
  if (actor.kind !== "person") throw new AppError("auth.forbidden", {}, "Only people have drafts.");
  return actor.id;
}
