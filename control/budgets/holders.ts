import { type BudgetUnit, budgetUnits } from "#core/access/budget-raise.ts";
import type { KeyLimits } from "#core/access/key-limits.ts";
import { EVERY_PERSON, type HolderKind } from "#core/access/limit-holder.ts";
import { type BudgetRaiseRow, listBudgetRaises } from "#store/budget-raises.ts";
import type { Tx } from "#store/client.ts";
import { listHolderLimits } from "#store/holder-limits.ts";
import { listPeople } from "#store/people.ts";
import { listUnrevokedProxyKeys, toKeyLimits } from "#store/proxy-keys.ts";
import type { SqlSource } from "#store/raw.ts";

/** One budget of one holder, as it was set and as it holds at this moment. */
export interface HeldBudget {
  kind: HolderKind;
  /** Id of the key or person; name of the team or project; `*` for the organisation. */
  holder: string;
  /** Name of the key, team or project; of a person, their name. */
  name: string;
  unit: BudgetUnit;
  /** Whether it comes from the limits of everybody. */
  isDefault: boolean;
  baseNanoUsd: number;
  /** In force at this moment, oldest first. */
  raises: BudgetRaiseRow[];
}

/** What the budgets of one holder are set to. */
interface Holder extends Pick<HeldBudget, "kind" | "holder" | "name" | "isDefault"> {
  limits: KeyLimits;
}

/** Lists every budget that holds at this moment, of live keys too. `name`: what the organisation is called. */
export async function listHeldBudgets(tx: Tx & SqlSource, nowMs: number, name: string): Promise<HeldBudget[]> {
  const raises = await listBudgetRaises(tx, nowMs);
  const holders = await listHolders(tx, nowMs, name);
  return holders.flatMap(({ limits, ...holder }) =>
    budgetUnits.flatMap((unit) => {
      const baseNanoUsd = unit === "dollars" ? limits.monthlyBudgetNanoUsd : limits.monthlyPlanNanoUsd;
      if (baseNanoUsd === null) return [];
      const own = raises.filter((raise) => isSameBudget(raise, { ...holder, unit }));
      return [{ ...holder, unit, baseNanoUsd, raises: own }];
    }),
  );
}

/** Whether both name the same budget. */
export const isSameBudget = (
  one: Pick<HeldBudget, "kind" | "holder" | "unit">,
  { kind, holder, unit }: Pick<HeldBudget, "kind" | "holder" | "unit">,
): boolean => one.kind === kind && one.holder === holder && one.unit === unit;

async function listHolders(tx: Tx, nowMs: number, name: string): Promise<Holder[]> {
  const stored = await listHolderLimits(tx);
  const named = (wanted: "team" | "project"): Holder[] =>
    stored.flatMap(({ kind, holder, limits }) =>
      kind === wanted ? [{ kind, holder, name: holder, isDefault: false, limits }] : [],
    );
  const ofPerson = (id: string) => stored.find(({ kind, holder }) => kind === "person" && holder === id);
  const everybody = ofPerson(EVERY_PERSON);
  const people = (await listPeople(tx)).flatMap(({ id, name, disabledAt }): Holder[] => {
    const own = ofPerson(id);
    const limits = (own ?? everybody)?.limits;
    if (limits === undefined || disabledAt !== null) return [];
    return [{ kind: "person", holder: id, name, isDefault: own === undefined, limits }];
  });
  const keys = (await listUnrevokedProxyKeys(tx)).flatMap((key): Holder[] => {
    const isOver = key.expiresAt !== null && key.expiresAt.getTime() <= nowMs;
    if (isOver || (key.person !== null && key.person.disabledAt !== null)) return [];
    return [{ kind: "key", holder: key.id, name: key.name, isDefault: false, limits: toKeyLimits(key) }];
  });
  const organisation = stored.flatMap(({ kind, holder, limits }): Holder[] =>
    kind === "organisation" ? [{ kind, holder, name, isDefault: false, limits }] : [],
  );
  return [organisation, named("team"), named("project"), sortByName(people), sortByName(keys)].flat();
}

const sortByName = (holders: Holder[]): Holder[] => holders.sort((a, b) => a.name.localeCompare(b.name, "en"));
