import type { Prisma } from "./generated/sqlite/client.ts";

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

/** Lists the names of live keys, of their attribution, and of people, in alphabetical order. */
export async function namesForRules(tx: Tx): Promise<RuleNames> {
  const [keys, people] = await Promise.all([
    tx.proxyKey.findMany({
      where: { revokedAt: null },
      select: { name: true, project: true, team: true },
      orderBy: { createdAt: "desc" },
      take: NAMES_MAX,
    }),
    tx.person.findMany({
      where: { disabledAt: null },
      select: { email: true },
      orderBy: { email: "asc" },
      take: NAMES_MAX,
    }),
  ]);
  return {
    projects: sortedNames(keys.map(({ project }) => project)),
    teams: sortedNames(keys.map(({ team }) => team)),
    people: people.map(({ email }) => email),
    keys: sortedNames(keys.map(({ name }) => name)),
  };
}

const sortedNames = (names: readonly (string | null)[]): string[] =>
  [...new Set(names.filter((name) => name !== null))].sort();
