import { DEFAULT_PROJECT } from "#core/access/attribution.ts";
import type { Prisma } from "./generated/sqlite/client.ts";
import { queryRows, toText } from "./raw.ts";
import { dimColumn } from "./rollup-columns.ts";

type Tx = Prisma.TransactionClient;

/** Names that the conditions of rules may use. */
export interface RuleNames {
  projects: string[];
  teams: string[];
  people: string[];
  keys: string[];
}

/** Maximum number of names; a longer list is no help. */
const NAMES_MAX = 500;

/**
 * Names that rules may use, in alphabetical order. They are names of live keys and of people who may sign in. Projects
 * and teams are those of keys, people, limits and of the traffic since `fromDay`.
 */
export async function namesForRules(tx: Tx, fromDay: string): Promise<RuleNames> {
  const [keys, people, limited, projects, teams] = await Promise.all([
    tx.proxyKey.findMany({
      where: { revokedAt: null },
      select: { name: true, project: true, team: true },
      orderBy: { createdAt: "desc" },
      take: NAMES_MAX,
    }),
    tx.person.findMany({
      where: { disabledAt: null },
      select: { email: true, team: true },
      orderBy: { email: "asc" },
      take: NAMES_MAX,
    }),
    tx.holderLimits.findMany({ where: { kind: { in: ["team", "project"] } }, select: { kind: true, holder: true } }),
    namesInTraffic(tx, "project", fromDay),
    namesInTraffic(tx, "team", fromDay),
  ]);
  const listLimited = (kind: string) => limited.filter((row) => row.kind === kind).map(({ holder }) => holder);
  return {
    projects: sortedNames([
      DEFAULT_PROJECT,
      ...keys.map(({ project }) => project),
      ...listLimited("project"),
      ...projects,
    ]),
    teams: sortedNames([
      ...keys.map(({ team }) => team),
      ...people.map(({ team }) => team),
      ...listLimited("team"),
      ...teams,
    ]),
    people: people.map(({ email }) => email),
    keys: sortedNames(keys.map(({ name }) => name)),
  };
}

/** The names most used, of rollups alone: single events are too many to ask. */
async function namesInTraffic(tx: Tx, dim: "project" | "team", fromDay: string): Promise<string[]> {
  const column = dimColumn(dim);
  const rows = await queryRows(
    tx,
    `SELECT "${column}" AS name FROM rollup_day WHERE day >= $1 GROUP BY "${column}" ORDER BY SUM(requests) DESC LIMIT ${NAMES_MAX}`,
    [fromDay],
  );
  return rows.map((row) => toText(row.name));
}

const sortedNames = (names: readonly (string | null)[]): string[] =>
  [...new Set(names.filter((name) => name !== null && name !== ""))].sort() as string[];
