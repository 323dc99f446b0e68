import { createHash } from "node:crypto";
import { demoPeople } from "#core/access/demo-people.ts";
import type { Role } from "#core/access/roles.ts";

/** Person whose requests the seeded month contains. */
export interface SeedPerson {
  id: string;
  email: string;
  name: string;
  role: Role;
  team: string;
  /** How much of a full day's work with Claude Code; 0 = only looks. */
  intensity: number;
  /** What the person asks for, by weight. */
  models: readonly (readonly [string, number])[];
  projects: readonly (readonly [string, number])[];
  client: string;
}

const opusFirst = [
  ["claude-opus-5-5", 78],
  ["claude-sonnet-5-5", 18],
  ["claude-haiku-5-5", 4],
] as const;
const sonnetFirst = [
  ["claude-sonnet-5-5", 70],
  ["claude-opus-5-5", 27],
  ["claude-haiku-5-5", 3],
] as const;
const oldClient = [
  ["claude-opus-4-8", 74],
  ["claude-sonnet-5", 26],
] as const;
const explorer = [
  ["claude-opus-5-5", 62],
  ["claude-fable-5-2", 30],
  ["claude-sonnet-5-5", 8],
] as const;

const checkout = [
  ["checkout", 70],
  ["ledger", 22],
  ["infra", 8],
] as const;
const ledger = [
  ["ledger", 74],
  ["checkout", 18],
  ["docs", 8],
] as const;
const web = [
  ["web-app", 68],
  ["design-system", 26],
  ["docs", 6],
] as const;
const data = [
  ["pipelines", 80],
  ["ledger", 12],
  ["docs", 8],
] as const;
const platform = [
  ["infra", 66],
  ["pipelines", 18],
  ["docs", 16],
] as const;

type Row = readonly [
  email: string,
  name: string,
  team: string,
  intensity: number,
  models: SeedPerson["models"],
  projects: SeedPerson["projects"],
  client?: string,
];

/** The demo's sign-in accounts work too; the others are their colleagues. */
const rows: readonly Row[] = [
  ["olivia@example.com", "", "Platform", 0.5, opusFirst, platform],
  ["amir@example.com", "", "Platform", 0.9, opusFirst, platform],
  ["edda@example.com", "", "Payments", 1.0, opusFirst, checkout],
  ["dev@example.com", "", "Web", 1.1, sonnetFirst, web],
  ["fina@example.com", "", "Finance", 0, sonnetFirst, [["docs", 1]]],
  ["jonas@example.com", "Jonas Weber", "Payments", 1.3, opusFirst, checkout],
  ["mei@example.com", "Mei Tanaka", "Payments", 0.9, sonnetFirst, ledger],
  ["rafael@example.com", "Rafael Costa", "Payments", 0.7, oldClient, ledger, "2.1.197"],
  ["sofia@example.com", "Sofia Lindqvist", "Web", 1.2, opusFirst, web],
  ["tom@example.com", "Tom Achterberg", "Web", 0.6, oldClient, web, "2.1.197"],
  ["lena@example.com", "Lena Hoffmann", "Web", 0.8, opusFirst, web],
  ["noor@example.com", "Noor Rahman", "Data", 1.4, explorer, data],
  ["pavel@example.com", "Pavel Novak", "Data", 0.9, opusFirst, data],
  ["ines@example.com", "Ines Moreau", "Data", 0.7, sonnetFirst, data],
  ["vito@example.com", "", "Platform", 0, sonnetFirst, [["docs", 1]]],
];

export const seedTeam: readonly SeedPerson[] = rows.map(
  ([email, name, team, intensity, models, projects, client], index) => {
    const demo = demoPeople.find((person) => person.email === email);
    return {
      id: `per_seed${String(index + 1).padStart(2, "0")}`,
      email,
      name: demo?.name ?? name,
      role: demo?.role ?? "developer",
      team,
      intensity,
      models,
      projects,
      client: client ?? "2.1.330",
    };
  },
);

/** The build server: small identical questions without tools, the only traffic a response cache can answer. */
export const buildServer = { keyId: "key_seedci", name: "Build server", team: "Platform", project: "ci-review" };

/** Proxy keys of the seeded people, in the product's form. They are predictable and open only the mock of a demo. */
export const seedSecret = (keyId: string) => `cco_${createHash("sha256").update(`seed:${keyId}`).digest("base64url")}`;

export const toKeyId = (person: SeedPerson) => person.id.replace("per_", "key_");
