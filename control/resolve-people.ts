import { personByEmail } from "#store/people.ts";
import type { ControlDeps } from "./deps.ts";

/**
 * Puts the id in the place of each e-mail address of a person, as records have it. What is no address of this
 * installation stays as it is: nothing is recorded of it.
 */
export async function resolvePeople(
  named: readonly string[] | undefined,
  { db }: Pick<ControlDeps, "db">,
): Promise<string[] | undefined> {
  if (named === undefined) return undefined;
  const find = async (one: string) =>
    one.includes("@") ? ((await personByEmail(db, one.toLowerCase()))?.id ?? one) : one;
  return Promise.all(named.map(find));
}
