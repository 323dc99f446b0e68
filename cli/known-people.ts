import * as z from "zod";
import { readCostFacets } from "#control/costs/facets.ts";
import type { CostFacets } from "#core/costs/overview.ts";
import { exitCodes } from "#core/exit-codes.ts";
import type { Parsed } from "./arguments.ts";
import { ask } from "./ask.ts";
import { CliError } from "./cli-error.ts";

const facetsShape = z.object({ person: z.array(z.object({ id: z.string(), name: z.string() })) });

/** Builds the refusal of a person that the installation does not know. */
export const unknownPerson = (named: string): CliError =>
  new CliError(exitCodes.failure, `there is no person ${named}`, "cco users list shows them");

/**
 * Replaces each person of a cost query by their id, from an e-mail address, a name or the id itself. One that is not
 * known is refused: the answer would look like that of a person without requests.
 */
export async function findPeople(parsed: Parsed, query: Record<string, string>): Promise<Record<string, string>> {
  const { person: given } = query;
  if (given === undefined) return query;
  const { person: found } = await ask<CostFacets>(parsed, {
    path: `/api/costs/facets?${new URLSearchParams(query)}`,
    shape: facetsShape,
    local: (actor, deps) => readCostFacets(actor, query, deps),
  });
  const named = given.split(",").filter((one) => one !== "");
  return { ...query, person: named.map((one) => findId(one, found)).join(",") };
}

/** What the answer lists as it was asked for, without a name, is known to no table of the installation. */
function findId(named: string, people: CostFacets["person"]): string {
  const asAsked = people.find(({ id }) => id === named);
  // An address of the installation is listed by its person's id.
  if (asAsked === undefined || asAsked.name !== named) return named;
  const wanted = named.toLowerCase();
  const byName = people.find(({ id, name }) => id !== named && name.toLowerCase() === wanted);
  if (byName === undefined) throw unknownPerson(named);
  return byName.id;
}
