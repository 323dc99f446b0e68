import { listPeople } from "#store/people.ts";
import { listProxyKeys } from "#store/proxy-keys.ts";
import type { ControlDeps } from "../deps.ts";

export interface CallerNames {
  person(id: string | null): string | null;
  key(id: string | null): string | null;
}

/** Names of everybody who can have caused a request: two look-ups, however many requests are named. */
export async function callerNames(deps: ControlDeps): Promise<CallerNames> {
  const [people, keys] = await Promise.all([listPeople(deps.db), listProxyKeys(deps.db, null)]);
  const personNames = new Map(people.map(({ id, name }) => [id, name]));
  const keyNames = new Map(keys.map(({ id, name }) => [id, name]));
  return {
    person: (id) => (id === null ? null : (personNames.get(id) ?? id)),
    key: (id) => (id === null ? null : (keyNames.get(id) ?? id)),
  };
}
