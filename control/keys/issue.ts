import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { AppError } from "#core/errors.ts";
import { insertProxyKey } from "#store/proxy-keys.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { expiryDaysField, idField, labelField, nameField, parseInput } from "../input.ts";
import { mutate } from "../mutate.ts";
import { newId, newSecret } from "../secrets.ts";
import { requirePerson } from "../team/person.ts";
import { limitFields, limitsOf } from "./limits-input.ts";
import { type ProxyKeyView, proxyKeyView } from "./proxy-key-view.ts";

const issueInput = z.strictObject({
  name: nameField(60),
  /** Whose traffic it is; left out: the actor's own. Null: nobody's, for a pipeline. */
  personId: idField.nullish(),
  team: labelField,
  project: labelField,
  expiresInDays: expiryDaysField.optional(),
  ...limitFields,
});

/** Issues a proxy key. Its secret is in the answer and nowhere else. Keys for others, for nobody or for a team need `keys.manage`. */
export async function issueProxyKey(
  actor: Actor,
  input: unknown,
  deps: ControlDeps,
): Promise<{ key: ProxyKeyView; secret: string }> {
  const wanted = parseInput(issueInput, input);
  const own = actor.kind === "person" ? actor.id : null;
  const personId = wanted.personId === undefined ? own : wanted.personId;
  const isOwn = own !== null && personId === own && wanted.team === null;
  requirePermission(actor, isOwn ? "own-keys.manage" : "keys.manage");
  const { secret, hash, hint } = newSecret("cco_");
  return mutate(deps, async (tx, at) => {
    if (personId && (await requirePerson(tx, personId)).disabledAt) {
      throw new AppError("request.invalid", {}, "This person is disabled; their keys would not work.");
    }
    const days = wanted.expiresInDays ?? null;
    const row = await insertProxyKey(tx, {
      id: newId("key"),
      name: wanted.name,
      hint,
      keyHash: hash,
      personId,
      team: wanted.team,
      project: wanted.project,
      createdBy: actor.id,
      createdAt: at,
      expiresAt: days === null ? null : new Date(at.getTime() + days * 86_400_000),
      attribution: "locked",
      limits: limitsOf(wanted),
    });
    const key = proxyKeyView(row, at);
    const { name, team, project, expiresAt, limits } = key;
    const after = { name, hint, person: row.person?.email ?? null, team, project, expiresAt, ...limits };
    await recordAudit(tx, actor, { action: "keys.issue", object: { kind: "key", id: key.id }, after }, at);
    return { key, secret };
  });
}
