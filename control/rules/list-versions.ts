import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { listRuleVersions } from "#store/rule-versions.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput } from "../input.ts";
import { versionField } from "./fields.ts";
import { type VersionView, versionView } from "./version-view.ts";

export const listVersionsInput = z.strictObject({
  /** Only versions below this number: the last one of the previous page. */
  before: z.coerce.number().pipe(versionField).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export interface VersionPage {
  versions: VersionView[];
  /** Value of `before` for the next page; null at the end. */
  next: number | null;
}

/** Lists published versions, newest first. All are kept. */
export async function listVersions(actor: Actor, input: unknown, deps: ControlDeps): Promise<VersionPage> {
  requirePermission(actor, "rules.read");
  const { before, limit } = parseInput(listVersionsInput, input);
  const rows = await listRuleVersions(deps.db, { ...(before ? { before } : {}), take: limit + 1 });
  const versions = rows.slice(0, limit).map(versionView);
  return { versions, next: rows.length > limit ? (versions.at(-1)?.number ?? null) : null };
}
