import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute, writeRoute } from "#app/_server/route.ts";
import { discardDraft } from "#control/rules/discard-draft.ts";
import { readDraft, saveDraft, saveDraftInput } from "#control/rules/save-draft.ts";

export const GET = readRoute("rules.draft", z.strictObject({}), async ({ actor, deps }) => ({
  draft: await readDraft(actor, deps),
}));

export const PUT = writeRoute("rules.draft", saveDraftInput, async ({ actor, input, deps }) => {
  const { basedOn, updatedAt } = await saveDraft(actor, input, deps);
  return { basedOn, updatedAt };
});

export const DELETE = writeRoute("rules.draft", z.strictObject({}), ({ actor, deps }) => discardDraft(actor, deps));
export const { POST, PATCH, OPTIONS } = otherMethods("GET", "PUT", "DELETE");
