import "server-only";
import { cookies, headers } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";
import { paths } from "#app/paths.ts";
import { controlDeps } from "#control/deps.ts";
import type { PersonActor } from "#control/session/check-session.ts";
import { isSetupOpen } from "#control/team/first-owner.ts";
import { readCaller } from "./actor.ts";

/** Person viewing this page; null without a sign-in. Resolved once per rendered page for all callers. */
export const currentActor = cache(async (): Promise<PersonActor | null> => {
  const jar = await cookies();
  const caller = await readCaller(await headers(), await controlDeps(), (name) => jar.get(name)?.value);
  // Pages are for browsers: a Bearer token opens the API, not the console.
  return caller.by === "cookie" ? caller.actor : null;
});

/** Signed-in person; else redirects to sign-in (and back to `next`), or to set-up while no account exists. */
export async function requireActor(next?: string): Promise<PersonActor> {
  const actor = await currentActor();
  if (actor) return actor;
  const deps = await controlDeps();
  if (await isSetupOpen(deps.db)) redirect(paths.setup());
  redirect(paths.signIn(next));
}
