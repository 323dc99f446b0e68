import { findBudget, findEndpointRefusal, mayAskFor } from "#core/access/key-limits.ts";
import { formatHolder, type LimitHolder } from "#core/access/limit-holder.ts";
import { AppError } from "#core/errors.ts";
import { invariant } from "#core/invariant.ts";
import { formatMoneyExact } from "#core/report/format.ts";
import { ClientGone } from "../body/body-budget.ts";
import type { CallerRequest } from "../http1/caller-side.ts";
import type { Entry, KeyLimiter, Refusal } from "../keys/key-limiter.ts";
import type { RefusalSampler } from "../keys/refusal-sampler.ts";
import type { Route } from "../server/paths.ts";
import type { RequestContext } from "./context.ts";
import { type Admission, admit, type Caller, unknownKeyOf } from "./find-caller.ts";

interface Doors {
  admission(): Admission;
  keyLimiter: KeyLimiter;
  findKey(keyHash: string): Promise<void> | null;
  refusals: RefusalSampler;
}

/**
 * Finds out who calls and holds them to the limits of their proxy key, person, team and project, before anything of the body
 * is read: afterwards the context has its caller. Null when that is so already: without limits nothing waits or is allocated.
 */
export function authorize(
  ctx: RequestContext,
  request: CallerRequest,
  route: Extract<Route, { kind: "model" }>,
  doors: Doors,
): Promise<void> | null {
  const unknown = unknownKeyOf(request, doors.admission());
  const looking = unknown === null ? null : doors.findKey(unknown);
  return looking === null
    ? authorizeNow(ctx, request, route, doors)
    : authorizeLater(ctx, request, route, doors, looking);
}

/** Once the database was asked about the key. */
async function authorizeLater(
  ctx: RequestContext,
  request: CallerRequest,
  route: Extract<Route, { kind: "model" }>,
  doors: Doors,
  looking: Promise<void>,
): Promise<void> {
  await looking;
  if (request.socket.destroyed) throw new ClientGone();
  const entering = authorizeNow(ctx, request, route, doors);
  if (entering !== null) await entering;
}

function authorizeNow(
  ctx: RequestContext,
  request: CallerRequest,
  route: Extract<Route, { kind: "model" }>,
  { admission, keyLimiter, refusals }: Doors,
): Promise<void> | null {
  const caller = admit(request, route, admission());
  const { held, billingMode } = caller;
  if (held === null) {
    ctx.caller = caller;
    return null;
  }
  for (const holder of held.all) {
    const refusal = findEndpointRefusal(holder.limits, route.endpoint, billingMode);
    if (refusal !== null)
      throw recorded(ctx, caller, refusals, new AppError("key.not-for-this", {}, `${subjectOf(holder)} ${refusal}`));
  }
  const entry = held.isAsked[billingMode] ? keyLimiter.enter(held, billingMode) : null;
  if (entry instanceof Promise) return enterLate(ctx, request, caller, entry, refusals);
  enter(ctx, caller, entry, refusals);
  return null;
}

/** The refusal, and who was refused when this one is to leave an event. */
function recorded(ctx: RequestContext, caller: Caller, refusals: RefusalSampler, refusal: AppError): AppError {
  if (refusals.isDue(caller.proxyKeyId ?? caller.personId ?? caller.project, refusal.code)) ctx.caller = caller;
  return refusal;
}

/** The models that may be asked for. What a rule serves instead is the admin's choice and not looked at. */
export function checkModelAllowed({ caller, snapshot }: RequestContext, model: string): void {
  const held = caller?.held ?? null;
  if (held === null) return;
  invariant(snapshot !== null, "the snapshot is taken before the body is read");
  for (const holder of held.all) {
    const { models } = holder.limits;
    if (models === null || mayAskFor(models, model, snapshot.compiled)) continue;
    const text = `${subjectOf(holder)} may only ask for ${models.join(", ")}. Choose such a model, or ask an admin for another one.`;
    throw new AppError("key.model-not-allowed", {}, text);
  }
}

/** A caller that left while the gate was asked is not read from any more: nothing would ever come. */
async function enterLate(
  ctx: RequestContext,
  request: CallerRequest,
  caller: Caller,
  asked: Promise<Entry>,
  refusals: RefusalSampler,
): Promise<void> {
  const entry = await asked;
  if (!request.socket.destroyed) return enter(ctx, caller, entry, refusals);
  if (entry.kind === "in") entry.pass.leave();
  throw new ClientGone();
}

const REFUSALS = {
  "too-fast": "key.too-fast",
  "too-many": "key.too-many-open",
  "nearly-spent": "key.budget-taken",
  spent: "key.budget-spent",
} as const;

function enter(ctx: RequestContext, caller: Caller, entry: Entry | null, refusals: RefusalSampler): void {
  if (entry !== null && entry.kind !== "in") throw recorded(ctx, caller, refusals, refusalOf(caller, entry));
  ctx.caller = caller;
  ctx.pass = entry === null ? null : entry.pass;
}

/** Says whose limit it is: a developer who is refused has to know whom to ask, and may have a key of another project. */
function refusalOf({ held, billingMode }: Caller, { kind, retryAfterMs, at }: Refusal): AppError {
  const retryAfterSeconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
  const holder = held?.counted[at];
  if (holder === undefined) return new AppError(REFUSALS[kind], { retryAfterSeconds });
  const amount = formatMoneyExact(String(findBudget(holder.limits, billingMode) ?? 0));
  const isPlan = billingMode === "subscription";
  const what = isPlan ? `plan value of ${amount}` : amount;
  const texts = {
    "too-fast": `${subjectOf(holder)} has used up its requests of this minute. Try again when the time in retry-after has passed.`,
    "too-many": `${subjectOf(holder)} has as many requests under way as it may. Try again when one of them is over.`,
    "nearly-spent": `The requests under way may use up the rest of the ${what} that ${formatHolder(holder)} has for this month. Try again when one of them is over.`,
    spent: `${subjectOf(holder)} has ${isPlan ? "used up" : "spent"} its ${what} of this month. Ask an admin of this installation for more, or wait until the next month begins.`,
  };
  return new AppError(REFUSALS[kind], { retryAfterSeconds }, texts[kind]);
}

/** The holder at the beginning of a sentence. */
function subjectOf(holder: LimitHolder): string {
  const name = formatHolder(holder);
  return name.charAt(0).toUpperCase() + name.slice(1);
}
