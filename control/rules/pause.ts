import * as z from "zod";
import { parseOverridesToml } from "#config/overrides-toml.ts";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { AppError } from "#core/errors.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput } from "../input.ts";
import { addVersion, type Published, prepareToPublish } from "./add-version.ts";
import { commentField } from "./fields.ts";
import { setOverridesEnabled } from "./set-overrides-enabled.ts";

export const pauseInput = z.strictObject({
  /** True: every request is served by the requested model. False: the rules apply again. */
  paused: z.boolean(),
  comment: commentField.default(""),
});

/**
 * Publishes the live rules with only the global switch changed, comments included; the rules themselves stay. Applies
 * to any live version, and to running sessions at once: it is the emergency brake.
 */
export async function pauseRules(actor: Actor, input: unknown, deps: ControlDeps): Promise<Published> {
  requirePermission(actor, "rules.pause");
  const { paused, comment } = parseInput(pauseInput, input);
  await prepareToPublish(deps);
  const action = paused ? "rules.pause" : "rules.resume";
  return addVersion(actor, action, undefined, deps, (latest, context) => {
    const toml = setOverridesEnabled(latest?.toml ?? "", !paused);
    const parsed = parseOverridesToml(toml, context);
    if (!parsed.ok) throw new AppError("rules.invalid", { problems: parsed.problems });
    if (parsed.ruleSet.enabled === paused) {
      throw new AppError("rules.invalid", {}, "The switch was not found in these rules. Set `enabled` in the editor.");
    }
    const said = paused ? "Pause all overrides" : "Resume overrides";
    return { toml, ruleSet: parsed.ruleSet, comment: comment || said, applies: "now" as const };
  });
}
