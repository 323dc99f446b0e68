import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { isUnlimited, type KeyLimits, NO_LIMITS } from "#core/access/key-limits.ts";
import { EVERY_PERSON, ORGANISATION } from "#core/access/limit-holder.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { AppError } from "#core/errors.ts";
import type { Tx } from "#store/client.ts";
import { findHolderLimits, removeHolderLimits, type StoredHolderKind, saveHolderLimits } from "#store/holder-limits.ts";
import { personById } from "#store/people.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { idField, labelField, parseInput, storedLabelField } from "../input.ts";
import { limitFields, pickLimits } from "../keys/limits-input.ts";
import { mutate } from "../mutate.ts";
import { namedFields, refuseStale, wasField } from "../seen-before.ts";

const named = (label: typeof storedLabelField) =>
  label.refine((name) => name !== null, "Name the team or project.").transform(String);

/** One holder and nothing else; `fields` are what else the input holds. */
const holderInput = <T extends z.ZodRawShape>(nameField: ReturnType<typeof named>, fields: T) =>
  z.discriminatedUnion(
    "kind",
    [
      /** Id of a person, or `*` for everyone without individual limits. */
      z.strictObject({ kind: z.literal("person"), holder: idField, ...fields }),
      z.strictObject({ kind: z.literal("team"), holder: nameField, ...fields }),
      z.strictObject({ kind: z.literal("project"), holder: nameField, ...fields }),
      /** All requests; there is one, so it needs no name. */
      z.strictObject({
        kind: z.literal("organisation"),
        holder: z.literal(ORGANISATION).default(ORGANISATION),
        ...fields,
      }),
    ],
    "Choose person, team, project or organisation.",
  );

const limitNames = Object.keys(limitFields) as (keyof typeof limitFields)[];
/** Null: there were no limits. */
const was = wasField(limitNames).nullable().optional();

const changeInput = holderInput(named(labelField), { ...limitFields, was });
const removeInput = holderInput(named(storedLabelField), { was });

/**
 * Replaces the limits of a person, team, project or the organisation; for the person `*`, of everyone without individual limits. A
 * person may be given limits that restrict nothing: then the default ones do not apply to them.
 *
 * With `was`, what the sender saw, only the named limits are changed, and `changed-meanwhile` is thrown when one that
 * `was` names is another by now.
 */
export async function changeLimits(actor: Actor, input: unknown, deps: ControlDeps): Promise<Record<string, never>> {
  requirePermission(actor, "limits.manage");
  const wanted = parseInput(changeInput, input);
  const { kind, holder, was } = wanted;
  const whole = pickLimits(wanted);
  const part = was === undefined ? whole : namedFields(whole, input);
  await mutate(actor, deps, async (tx, at) => {
    const name = await requireHolder(tx, kind, holder);
    const before = await findHolderLimits(tx, kind, holder);
    await refuseStale(tx, { stored: before, was, wanted: part }, auditedAs(kind, holder, name));
    const limits = { ...(before ?? NO_LIMITS), ...part };
    requireLimit(kind, holder, limits);
    await saveHolderLimits(tx, { kind, holder, limits }, at);
    const change = { before: before && { name, ...before }, after: { name, ...limits } };
    await recordAudit(tx, actor, { action: "limits.change", object: { kind, id: holder }, ...change }, at);
  });
  return {};
}

/**
 * Removes the limits of a holder; a person then has the default ones, if there are any. With `was`, what the sender
 * saw, `changed-meanwhile` is thrown when they are others by now.
 */
export async function removeLimits(actor: Actor, input: unknown, deps: ControlDeps): Promise<Record<string, never>> {
  requirePermission(actor, "limits.manage");
  const { kind, holder, was } = parseInput(removeInput, input);
  await mutate(actor, deps, async (tx, at) => {
    const before = await findHolderLimits(tx, kind, holder);
    if (before === null) throw new AppError("not-found", {}, "Nothing is limited there any more.");
    const name = (await findName(tx, kind, holder)) ?? holder;
    await refuseStale(tx, { stored: before, was }, auditedAs(kind, holder, name));
    await removeHolderLimits(tx, kind, holder);
    const fact = { action: "limits.remove", object: { kind, id: holder }, before: { name, ...before } };
    await recordAudit(tx, actor, fact, at);
  });
  return {};
}

/** Only a person may have limits that restrict nothing. */
function requireLimit(kind: StoredHolderKind, holder: string, limits: KeyLimits): void {
  if (!isUnlimited(limits) || (kind === "person" && holder !== EVERY_PERSON)) return;
  throw new AppError("request.invalid", {}, "Set at least one limit, or remove the limits.");
}

/** Where the log says who changed these limits last, and how they are called in a sentence. */
function auditedAs(kind: StoredHolderKind, id: string, name: string) {
  const places = ["limits.change", "limits.remove"].map((action) => ({ action, object: { kind, id } }));
  return { what: `the limits of ${kind === "team" || kind === "project" ? `the ${kind} ${name}` : name}`, places };
}

/** Names a holder for the audit log, or throws `not-found` for a person who does not exist. */
async function requireHolder(tx: Tx, kind: StoredHolderKind, holder: string): Promise<string> {
  const name = await findName(tx, kind, holder);
  if (name === null) throw new AppError("not-found", { holder }, "This person does not exist.");
  return name;
}

async function findName(tx: Tx, kind: StoredHolderKind, holder: string): Promise<string | null> {
  if (kind === "organisation") return "the organisation";
  if (kind !== "person") return holder;
  return holder === EVERY_PERSON ? "everybody" : ((await personById(tx, holder))?.email ?? null);
}
