import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { AppError } from "#core/errors.ts";
import { insertAccessToken } from "#store/access-tokens.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { expiryDaysField, nameField, parseInput } from "../input.ts";
import { mutate } from "../mutate.ts";
import { newId, newSecret } from "../secrets.ts";
import { type AccessTokenView, accessTokenView } from "./access-token-view.ts";

const issueInput = z.object({ name: nameField(60), expiresInDays: expiryDaysField.default(90) });

/** Issues an access token that acts as the actor on `/api/*` and in the CLI. Its secret is in the answer and nowhere else. */
export async function issueAccessToken(
  actor: Actor,
  input: unknown,
  deps: ControlDeps,
): Promise<{ token: AccessTokenView; secret: string }> {
  requirePermission(actor, "own-keys.manage");
  if (actor.kind !== "person") throw new AppError("auth.forbidden", {}, "An access token belongs to a person.");
  const wanted = parseInput(issueInput, input);
  const { secret, hash, hint } = newSecret("ccoat_");
  return mutate(deps, async (tx, at) => {
    const days = wanted.expiresInDays;
    const expiresAt = days === null ? null : new Date(at.getTime() + days * 86_400_000);
    const fields = { id: newId("tok"), name: wanted.name, hint, tokenHash: hash, personId: actor.id };
    const row = await insertAccessToken(tx, { ...fields, createdAt: at, expiresAt });
    const token = accessTokenView(row, at);
    const after = { name: token.name, hint, expiresAt: token.expiresAt };
    await recordAudit(tx, actor, { action: "tokens.issue", object: { kind: "token", id: token.id }, after }, at);
    return { token, secret };
  });
}
