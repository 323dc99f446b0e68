/** One published version of the seeded history. */
export interface SeedVersion {
  number: number;
  toml: string;
  comment: string;
  /** E-mail of the author; null: the file was edited on disk. */
  author: string | null;
  daysAgo: number;
  rolledBackTo: number | null;
}

interface Shares {
  web: number;
  data: number;
  docsTo: string | null;
  subagents: boolean;
  cache: boolean;
}

/** Comments of the versions: the newest seven differ in a way a person would describe to a colleague. */
const steps: readonly [number, string, string | null, number, Partial<Shares>, number?][] = [
  [36, "Web team: half of the Opus sessions on Sonnet 5.5", "amir@example.com", 41, { web: 50 }],
  [37, "Sub-agents of every project on Haiku 5.5", "edda@example.com", 33, { subagents: true }],
  [38, "Web team: all of them, no difference noticed", "amir@example.com", 27, { web: 100 }],
  [39, "Docs on Haiku 4.5", "edda@example.com", 21, { docsTo: "claude-haiku-4-5-20251001" }],
  [40, "Back to v38: Haiku 4.5 refuses auto mode", "amir@example.com", 19, { docsTo: null }, 38],
  [41, "Docs on Haiku 5.5 instead", "edda@example.com", 13, { docsTo: "claude-haiku-5-5" }],
  [42, "Data team pilot: half of the Fable sessions on Opus 5.5", "amir@example.com", 6, { data: 50 }],
];

const tuning = [
  "Try Sonnet 5.5 for a tenth of the web sessions",
  "Raise the web share a little",
  "Lower the share over the release week",
  "Raise it again after the release",
  "Keep answers in the response cache for five minutes",
];

/** The whole history, oldest first: 35 small tunings, then the versions people remember. */
export function seedVersions(): SeedVersion[] {
  const versions: SeedVersion[] = [];
  const shares: Shares = { web: 0, data: 0, docsTo: null, subagents: false, cache: true };
  for (let number = 1; number <= 35; number += 1) {
    const web = number === 1 ? 0 : 5 + ((number * 7) % 41);
    versions.push({
      number,
      toml: rulesText({ ...shares, web }),
      comment: number === 1 ? "First rules, taken over from the old proxy" : (tuning[number % tuning.length] ?? ""),
      author: number === 1 ? null : number % 3 === 0 ? "edda@example.com" : "amir@example.com",
      daysAgo: 45 + (35 - number) * 5,
      rolledBackTo: null,
    });
  }
  for (const [number, comment, author, daysAgo, change, rolledBackTo] of steps) {
    Object.assign(shares, change);
    versions.push({ number, toml: rulesText(shares), comment, author, daysAgo, rolledBackTo: rolledBackTo ?? null });
  }
  return versions;
}

/** Long because it is one text: the rules file of a version, table by table. */
function rulesText({ web, data, docsTo, subagents, cache }: Shares): string {
  const tables: string[] = [];
  if (subagents)
    tables.push(`[[rule]]
from = "opus"
to = "claude-haiku-5-5"
note = "Sub-agents search and summarise: Haiku is enough"
when = { subagent = true }
`);
  if (web > 0)
    tables.push(`[[rule]]
from = "opus"
to = "claude-sonnet-5-5"
note = "Web team"
percentage = ${web}
when = { project = ["web-app", "design-system"] }
`);
  if (docsTo !== null)
    tables.push(`[[rule]]
from = "sonnet"
to = "${docsTo}"
note = "Docs"
when = { project = ["docs"] }
`);
  if (data > 0)
    tables.push(`[[rule]]
from = "fable"
to = "claude-opus-5-5"
note = "Data team pilot"
percentage = ${data}
when = { team = ["Data"] }
fallback = "on-overload"
`);
  return `# Acme's model overrides. Changes take effect within a second.

[overrides]
enabled = true
rules = [
    ["claude-opus-4-8",            "claude-opus-5-5"],             # newer and cheaper
    ["claude-sonnet-5",            "claude-sonnet-5-5"],           # same price, cheaper cache reads
    ["claude-sonnet-4.5-20250929", "claude-haiku-4-5-20251001"],
    ["claude-sonnet-4",            "claude-haiku-4-5-20251001"],
    ["claude-sonnet-3.5",          "claude-haiku-4-5-20251001"],
]

[analytics]
log_overrides = true
track_statistics = true
report_format = "json"

${tables.join("\n")}
[[test]]
model = "claude-opus-5-5"
project = "checkout"
subagent = false
expect = "claude-opus-5-5"

[cache]
enabled = ${cache}
max_mb = 256
ttl_seconds = 300
`;
}
