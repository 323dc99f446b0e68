import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { AppError } from "#core/errors.ts";
import { compileRules } from "#core/rules/compile.ts";
import { type Explanation, explain } from "#core/rules/decide.ts";
import { describedRequest } from "#core/rules/described-request.ts";
import { headerNameProblem } from "#core/rules/header-names.ts";
import { personByEmail, personById } from "#store/people.ts";
import { liveKeyNamed } from "#store/proxy-keys.ts";
import { latestRuleVersion, ruleVersion } from "#store/rule-versions.ts";
import type { ControlDeps } from "../deps.ts";
import { labelField, parseInput } from "../input.ts";
import { tomlField, versionField } from "./fields.ts";
import { readRulesText } from "./rules-text.ts";

const headerNameField = z
  .string()
  .trim()
  .toLowerCase()
  .refine((name) => headerNameProblem(name) === null, "Rules cannot use a header of this name.");

const tryRequestInput = z.strictObject({
  model: z.string().trim().min(1, "Name a model.").max(200),
  project: labelField,
  /** Id or e-mail address. */
  person: z.string().trim().max(254).nullish(),
  team: labelField,
  /** Id or name of a proxy key. */
  key: z.string().trim().max(80).nullish(),
  headers: z.record(headerNameField, z.string().max(1000)).default({}),
  path: z.string().trim().max(500).nullish(),
  subagent: z.boolean().default(false),
  promptTokens: z.int().min(0).max(100_000_000).nullish(),
  hasTools: z.boolean().default(false),
  hasThinking: z.boolean().default(false),
  titleLike: z.boolean().default(false),
  /** Decides on which side of a percentage the request falls. */
  session: z.string().trim().max(200).nullish(),
  at: z.iso.datetime({ offset: true }).nullish(),
  /** Draft to evaluate; else a version; else the live rules. */
  toml: tomlField.nullish(),
  version: versionField.nullish(),
});

/** Explains what would happen to this request: each evaluated rule, with the condition that failed. */
export async function tryRequest(actor: Actor, input: unknown, deps: ControlDeps): Promise<Explanation> {
  requirePermission(actor, "rules.read");
  const asked = parseInput(tryRequestInput, input);
  const { toml, version } = await textOf(asked, deps);
  const parsed = await readRulesText(toml, deps);
  if (!parsed.ok) {
    const text = "These rules have errors. Fix the errors to try a request.";
    throw new AppError("rules.invalid", { problems: parsed.problems }, text);
  }
  const person = await findPerson(asked.person || null, deps);
  const request = describedRequest({
    model: asked.model,
    project: asked.project ?? "default",
    ...person,
    team: asked.team,
    ...(await findKey(asked.key || null, deps)),
    headers: asked.headers,
    ...(asked.path ? { path: asked.path } : {}),
    sessionKey: asked.session || null,
    agentId: asked.subagent ? "agent" : null,
    promptTokens: asked.promptTokens ?? null,
    hasTools: asked.hasTools,
    hasThinking: asked.hasThinking,
    titleLike: asked.titleLike,
    nowMs: asked.at ? Date.parse(asked.at) : deps.now().getTime(),
  });
  return explain(compileRules(parsed.ruleSet, deps.config.catalogue), version, request);
}

async function textOf(
  asked: z.output<typeof tryRequestInput>,
  deps: ControlDeps,
): Promise<{ toml: string; version: number | null }> {
  if (typeof asked.toml === "string") return { toml: asked.toml, version: null };
  const row = asked.version ? await ruleVersion(deps.db, asked.version) : await latestRuleVersion(deps.db);
  if (!row && asked.version) throw new AppError("not-found", { version: asked.version });
  return { toml: row?.toml ?? "", version: row?.number ?? null };
}

/** Finds a proxy key by id or by name. */
async function findKey(name: string | null, deps: ControlDeps) {
  const found = name === null ? null : await liveKeyNamed(deps.db, name);
  return { key: found?.id ?? name, keyName: found?.name ?? name };
}

/** Finds a person. Rules name people by id or by address, so the described request has both. */
async function findPerson(name: string | null, deps: ControlDeps) {
  if (name === null) return { person: null, personEmail: null };
  const found = (await personById(deps.db, name)) ?? (await personByEmail(deps.db, name.toLowerCase()));
  return { person: found?.id ?? name, personEmail: found?.email ?? name };
}
