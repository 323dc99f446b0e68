import { NO_LIMITS } from "#core/access/key-limits.ts";
import type { LedgerEvent } from "#proxy/ledger/messages.ts";

/** The secret that the recorded files of kept state are sealed with. */
export const KEPT_SECRET = "a secret for recorded files alone, of no installation";
/** When the database confirmed what they hold. */
export const KEPT_AT_MS = Date.UTC(2026, 10, 20, 12);

const PRICES = '[[discount]]\nmodel = "claude-opus-5-5"\nfrom = "2026-11-01"\npercent = "12.5"\n';
const TOML = '[overrides]\nenabled = true\n[[rule]]\nfrom = "opus"\nto = "claude-sonnet-5-5"\n';

/** What the ledger says before a stop, with a value for every field that the proxy keeps. */
export const keptMessages: [Extract<LedgerEvent, { kind: "state" }>, Extract<LedgerEvent, { kind: "spending" }>] = [
  {
    kind: "state",
    state: {
      revision: 41,
      rules: { number: 7, toml: TOML, tomlHash: "a".repeat(64), applies: "now", appliedNow: 7 },
      proxyKeys: [
        {
          id: "key_laptop",
          name: "Laptop",
          keyHash: "b".repeat(64),
          personId: "per_ada",
          personEmail: "ada@example.com",
          personName: "Ada",
          team: "payments",
          project: "checkout",
          expiresAtMs: Date.UTC(2027, 0, 1),
          attribution: "locked",
          limits: {
            endpoints: "messages",
            models: ["sonnet", "claude-haiku-*"],
            requestsPerMinute: 120,
            openRequestsMax: 20,
            monthlyBudgetNanoUsd: 400_000_000_000,
            monthlyPlanNanoUsd: 90_000_000_000,
          },
        },
        {
          id: "key_bare",
          name: "Build",
          keyHash: "c".repeat(64),
          personId: null,
          personEmail: null,
          personName: null,
          team: null,
          project: null,
          expiresAtMs: null,
          attribution: "free",
          limits: null,
        },
      ],
      holderLimits: [
        { kind: "person", holder: "*", limits: { ...NO_LIMITS, monthlyBudgetNanoUsd: 600_000_000_000 } },
        { kind: "team", holder: "payments", limits: { ...NO_LIMITS, openRequestsMax: 60 } },
        { kind: "project", holder: "checkout", limits: { ...NO_LIMITS, monthlyPlanNanoUsd: 5_000_000_000 } },
      ],
      budgetRaises: [
        {
          kind: "team",
          holder: "payments",
          unit: "dollars",
          nanoUsd: 20_000_000_000,
          endsAtMs: Date.UTC(2026, 10, 30, 23),
        },
      ],
      accessTokens: [
        {
          id: "tok_report",
          name: "Report",
          tokenHash: "d".repeat(64),
          personId: "per_ada",
          role: "admin",
          scopes: ["read"],
          expiresAtMs: Date.UTC(2027, 1, 1),
        },
      ],
      settings: { organisation: "Acme", reportingZone: "Europe/Berlin", rulesFileHash: "e".repeat(64) },
      hasPeople: true,
      cachePurges: {
        serial: 3,
        all: 1,
        people: { per_ada: { serial: 2, atMs: KEPT_AT_MS - 5_000 } },
        models: { "claude-haiku-5-5": { serial: 3, atMs: KEPT_AT_MS - 4_000 } },
      },
      prices: { number: 3, toml: PRICES, tomlHash: "e".repeat(64) },
      draftHeaders: ["x-ticket"],
    },
  },
  {
    kind: "spending",
    told: {
      fromMs: Date.UTC(2026, 9, 31, 23),
      endsAtMs: Date.UTC(2026, 10, 30, 23),
      drainedAgoMs: 12,
      byHolder: [
        ["key:key_laptop", 123_456_789_012, 1_000_000_001],
        ["person:per_ada", 123_456_789_013, 1_000_000_002],
        ["project:checkout", 0, 4_999_999_999],
      ],
    },
    reach: [["ins_one", { segment: 4, offset: 2_048 }]],
  },
];
