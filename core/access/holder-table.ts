import { RaisesInForce } from "./budget-raise.ts";
import { isUnlimited, type KeyLimits } from "./key-limits.ts";
import {
  buildHeldBy,
  EVERY_PERSON,
  type HeldBy,
  type HolderKind,
  type LimitHolder,
  ORGANISATION,
} from "./limit-holder.ts";

/** Limits of a person, a team, a project or the organisation as stored. */
export interface StoredLimits {
  kind: Exclude<HolderKind, "key">;
  holder: string;
  limits: KeyLimits;
}

/** A proxy key in its role as a holder of limits. */
interface LimitedKey {
  id: string;
  personId: string | null;
  limits: KeyLimits | null;
}

type ByProject = Map<LimitHolder | undefined, HeldBy | null>;

/**
 * Look-up of the limits that apply to a request. A set of holders is built once per combination that occurs. Their
 * number is bounded by the stored limits: names without limits add none.
 */
export class HolderTable {
  private readonly persons = new Map<string, KeyLimits>();
  private readonly teams = new Map<string, LimitHolder>();
  private readonly projects = new Map<string, LimitHolder>();
  private readonly organisation: LimitHolder | undefined;
  private readonly built = new Map<HeldBy | null, Map<LimitHolder | undefined, ByProject>>();

  constructor(
    stored: readonly StoredLimits[],
    private readonly raises = new RaisesInForce([], 0),
  ) {
    let organisation: LimitHolder | undefined;
    for (const { kind, holder, limits } of stored) {
      // A person without limits is kept: the entry says that the limits for every person do not apply.
      if (kind === "person") this.persons.set(holder, limits);
      else if (!isUnlimited(limits)) {
        const held = { kind, id: holder, limits: raises.raise(kind, holder, limits) };
        if (kind === "team") this.teams.set(holder, held);
        else if (kind === "project") this.projects.set(holder, held);
        else if (holder === ORGANISATION) organisation = held;
      }
    }
    this.organisation = organisation;
  }

  /** Holders that apply independently of attribution: the key itself and its person. */
  findOwn({ id, personId, limits }: LimitedKey): HeldBy | null {
    const holders: LimitHolder[] = [];
    if (limits !== null && !isUnlimited(limits))
      holders.push({ kind: "key", id, limits: this.raises.raise("key", id, limits) });
    const ofPerson = personId === null ? undefined : (this.persons.get(personId) ?? this.persons.get(EVERY_PERSON));
    if (personId !== null && ofPerson !== undefined && !isUnlimited(ofPerson))
      holders.push({ kind: "person", id: personId, limits: this.raises.raise("person", personId, ofPerson) });
    return buildHeldBy(holders);
  }

  /** Adds the holders of the team and project the request counts for, and the organisation. Null: no limit applies. */
  findAll(own: HeldBy | null, team: string | null, project: string): HeldBy | null {
    const ofTeam = team === null ? undefined : this.teams.get(team);
    const ofProject = this.projects.get(project);
    const { organisation } = this;
    if (ofTeam === undefined && ofProject === undefined && organisation === undefined) return own;
    const byTeam = findOrAdd(this.built, own, () => new Map());
    const byProject = findOrAdd(byTeam, ofTeam, () => new Map());
    return findOrAdd(byProject, ofProject, () => {
      const more = [ofTeam, ofProject, organisation].filter((holder) => holder !== undefined);
      return buildHeldBy([...(own?.all ?? []), ...more]);
    });
  }
}

function findOrAdd<Key, Value>(map: Map<Key, Value>, key: Key, build: () => Value): Value {
  const found = map.get(key);
  if (found !== undefined) return found;
  const built = build();
  map.set(key, built);
  return built;
}
