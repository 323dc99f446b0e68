import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { latestRuleVersion, ruleVersion } from "#store/rule-versions.ts";
import { requestsByModel } from "../costs/requests-by-model.ts";
import type { ControlDeps } from "../deps.ts";
import { readFileState } from "./read-file-state.ts";
import { type RulesContext, rulesContext } from "./rules-text.ts";
import { type DraftView, readDraft } from "./save-draft.ts";

/** Fields of a version that an editor needs. */
export interface BaseVersion {
  /** Null before the first publish. */
  number: number | null;
  toml: string;
  actorName: string;
  comment: string;
}

export interface EditorStart {
  live: BaseVersion;
  /** Version the draft is based on; the live version without a draft. */
  base: BaseVersion;
  draft: DraftView | null;
  file: { name: string; isReadOnly: boolean };
  /** Context with which the browser parses the text as the server will. */
  context: RulesContext & { requestsByModel: ReadonlyMap<string, number> };
}

const nothing: BaseVersion = { number: null, toml: "", actorName: "", comment: "" };

/** Reads everything the editor starts with: the live text, the actor's draft, and the context for checking a text. */
export async function editorStart(actor: Actor, deps: ControlDeps): Promise<EditorStart> {
  requirePermission(actor, "rules.read");
  const live = await latestRuleVersion(deps.db);
  const draft = await readDraft(actor, deps);
  const isStale = draft !== null && draft.basedOn !== null && draft.basedOn !== live?.number;
  const base = isStale ? await ruleVersion(deps.db, draft.basedOn ?? 0) : live;
  const { name, isReadOnly } = await readFileState(live, deps);
  return {
    live: live ? pickBase(live) : nothing,
    base: base ? pickBase(base) : nothing,
    draft,
    file: { name, isReadOnly },
    context: { ...(await rulesContext(deps)), requestsByModel: await requestsByModel(deps) },
  };
}

const pickBase = ({ number, toml, actorName, comment }: BaseVersion): BaseVersion => ({
  number,
  toml,
  actorName,
  comment,
});
