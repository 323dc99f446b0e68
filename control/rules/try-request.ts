import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { AppError } from "#core/errors.ts";
import { compileRules } from "#core/rules/compile.ts";
import type { FormField } from "#core/rules/conditions/condition.ts";
import { buildFacts, CONDITIONS, collectDescribed, type DescribedFields } from "#core/rules/conditions/registry.ts";
import { type Explanation, explain } from "#core/rules/decide.ts";
import type { DecideInput } from "#core/rules/decide-input.ts";
import { headerNameProblem } from "#core/rules/header-names.ts";
import { personByEmail, personById } from "#store/people.ts";
import { liveKeyNamed } from "#store/proxy-keys.ts";
import { latestRuleVersion, ruleVersion } from "#store/rule-versions.ts";
import type { ControlDeps } from "../deps.ts";
import { labelField, parseInput } from "../input.ts";
import { tomlField, versionField } from "./fields.ts";
import { readRulesText, readSentText } from "./rules-text.ts";

const headerNameField = z
  .string()
  .trim()
  .toLowerCase()
  .refine((name) => headerNameProblem(name) === null, "Rules cannot use a header of this name.");

/** Input of a condition's field, by what the form shows for it. A kind that is missing here is a type error. */
const fieldInputs: { [Kind in FormField["kind"]]: (form: Extract<FormField, { kind: Kind }>) => z.ZodType } = {
  label: () => labelField,
  text: ({ maxLength }) => z.string().trim().max(maxLength).nullish(),
  number: ({ max }) => z.int().min(0).max(max).nullish(),
  tick: () => z.boolean().default(false),
  origin: () => z.boolean().default(false),
  headers: () => z.record(headerNameField, z.string().max(1000)).default({}),
};

const buildInput = <Kind extends FormField["kind"]>(form: Extract<FormField, { kind: Kind }>, kind: Kind): z.ZodType =>
  fieldInputs[kind](form);

const conditionInputs = CONDITIONS.flatMap(({ described }) =>
  described === null
    ? []
    : Object.keys(described.none).map((field) => [field, buildInput(described.form, described.form.kind)] as const),
);

const tryRequestInput = z.strictObject({
  ...Object.fromEntries(conditionInputs),
  model: z.string().trim().min(1, "Name a model.").max(200),
  /** Decides on which side of a percentage the request falls. */
  session: z.string().trim().max(200).nullish(),
  at: z.iso.datetime({ offset: true }).nullish(),
  /** Draft to evaluate; else a version; else the live rules. */
  toml: tomlField.nullish(),
  version: versionField.nullish(),
});

type Asked = z.output<typeof tryRequestInput>;

export interface TriedRequest extends Explanation {
  /** False where a person is named that this installation does not have. A rule may be written for one that is to come. */
  isPersonKnown: boolean;
}

/** Explains what would happen to this request: each evaluated rule, with the condition that failed. */
export async function tryRequest(actor: Actor, input: unknown, deps: ControlDeps): Promise<TriedRequest> {
  requirePermission(actor, "rules.read");
  const asked = parseInput(tryRequestInput, input);
  const { toml, version } = await readText(asked, deps);
  const parsed = await (typeof asked.toml === "string" ? readSentText : readRulesText)(toml, deps);
  if (!parsed.ok) {
    const text = "These rules have errors. Fix the errors to try a request.";
    throw new AppError("rules.invalid", { problems: parsed.problems }, text);
  }
  const said = readSaid(asked);
  const { isPersonKnown, ...person } = await findPerson(said.person, deps);
  const request: DecideInput = {
    ...buildFacts(said),
    ...person,
    ...(await findKey(said.key, deps)),
    model: asked.model,
    sessionKey: asked.session || null,
    nowMs: asked.at ? Date.parse(asked.at) : deps.now().getTime(),
  };
  return { ...explain(compileRules(parsed.ruleSet, deps.config.catalogue), version, request), isPersonKnown };
}

/** What the input says for conditions; an empty text says nothing. */
function readSaid(asked: Asked): DescribedFields {
  const given: Readonly<Record<string, unknown>> = asked;
  return collectDescribed(({ none }) =>
    Object.fromEntries(
      Object.entries(none).map(([field, unsaid]) => {
        const value = given[field] ?? "";
        return [field, value === "" ? unsaid : value];
      }),
    ),
  );
}

async function readText(asked: Asked, deps: ControlDeps): Promise<{ toml: string; version: number | null }> {
  if (typeof asked.toml === "string") return { toml: asked.toml, version: null };
  const row = asked.version ? await ruleVersion(deps.db, asked.version) : await latestRuleVersion(deps.db);
  if (!row && asked.version)
    throw new AppError("not-found", { version: asked.version }, `There is no version ${asked.version}.`);
  return { toml: row?.toml ?? "", version: row?.number ?? null };
}

/** Finds a proxy key by id or by name. */
async function findKey(name: string | null, deps: ControlDeps) {
  const found = name === null ? null : await liveKeyNamed(deps.db, name);
  return { key: found?.id ?? name, keyName: found?.name ?? name };
}

/** Finds a person. Rules name people by id or by address, so the described request has both. */
async function findPerson(name: string | null, deps: ControlDeps) {
  if (name === null) return { person: null, personEmail: null, isPersonKnown: true };
  const found = (await personById(deps.db, name)) ?? (await personByEmail(deps.db, name.toLowerCase()));
  return { person: found?.id ?? name, personEmail: found?.email ?? name, isPersonKnown: found !== null };
}
