import "server-only";
import { cookies, headers } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";
import { paths } from "#app/paths.ts";
import { controlDeps } from "#control/deps.ts";
import type { PersonActor } from "#control/session/check-session.ts";
import { isSetupOpen } from "#control/team/first-owner.ts";
import { callerOf } from "./actor.ts";

/** Who is looking at this page; null when nobody is signed in. Asked once per rendered page, whoever asks. */
export const currentActor = cache(async (): Promise<PersonActor | null> => {
  const jar = await cookies();
  const caller = await callerOf(await headers(), (name) => jar.get(name)?.value, await controlDeps());
  // A page is for people in browsers: a Bearer token opens the API, not the console.
  return caller.by === "cookie" ? caller.actor : null;
});

/** The signed-in person, or on to the sign-in page (and back to `next`), or to set-up while there is nobody yet. */
export async function requireActor(next?: string): Promise<PersonActor> {
  const actor = await currentActor();
  if (actor) return actor;
  const deps = await controlDeps();
  if (await isSetupOpen(deps.db)) redirect(paths.setup());
  redirect(paths.signIn(next));
}
