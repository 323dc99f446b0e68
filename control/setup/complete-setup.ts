import * as z from "zod";
import { systemActor } from "#core/access/actor.ts";
import { AppError } from "#core/errors.ts";
import { hashSecret } from "#store/hashes.ts";
import { liveLink, takeLink } from "#store/one-time-links.ts";
import { settingKey, writeSetting } from "#store/settings.ts";
import type { ControlDeps } from "../deps.ts";
import { nameField, parseInput, secretField } from "../input.ts";
import { mutate } from "../mutate.ts";
import { hashPassword, requireGoodPassword } from "../session/password.ts";
import { zoneField } from "../settings/zone-field.ts";
import { firstOwnerInput, insertFirstOwner, isSetupOpen } from "../team/first-owner.ts";
import type { PersonView } from "../team/person.ts";

const setupInput = firstOwnerInput.extend({
  token: secretField,
  organisation: z.union([nameField(60), z.literal("")]).optional(),
  reportingZone: zoneField.optional(),
});

/**
 * Creates the first owner with the one-time link. Of fifty at once exactly one succeeds, and afterwards it is closed
 * for ever.
 */
export async function completeSetup(input: unknown, address: string | null, deps: ControlDeps): Promise<PersonView> {
  if (!(await isSetupOpen(deps.db))) throw new AppError("auth.setup-closed");
  const wanted = parseInput(setupInput, input);
  const tokenHash = hashSecret(wanted.token);
  const link = await liveLink(deps.db, "setup", tokenHash, deps.now());
  if (!link) throw new AppError("auth.bad-link");
  requireGoodPassword(wanted.password, [wanted.email, wanted.name]);
  const passwordHash = await hashPassword(wanted.password);
  return mutate(null, deps, async (tx, at) => {
    if (!(await isSetupOpen(tx))) throw new AppError("auth.setup-closed");
    if (!(await takeLink(tx, link.id, at))) throw new AppError("auth.bad-link");
    if (wanted.organisation) await writeSetting(tx, settingKey.organisation, wanted.organisation, at);
    if (wanted.reportingZone) await writeSetting(tx, settingKey.reportingZone, wanted.reportingZone, at);
    const actor = { ...systemActor, name: address ? `Set-up link, ${address}` : "Set-up link" };
    return insertFirstOwner(tx, actor, { ...wanted, passwordHash }, at);
  });
}
