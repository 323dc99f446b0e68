import { findBudget, findEndpointRefusal, mayAskFor } from "#core/access/key-limits.ts";
import { formatHolder, type LimitHolder, withoutRates } from "#core/access/limit-holder.ts";
import { isPlan } from "#core/costs/known-money.ts";
import { AppError } from "#core/errors.ts";
import { invariant } from "#core/invariant.ts";
import type { BodyIndex } from "#core/json-index/body-index.ts";
import { findNamedModels } from "#core/protocol/named-models.ts";
import { formatMoneyExact } from "#core/report/format.ts";
import { ClientGone } from "../body/body-budget.ts";
import type { CallerRequest } from "../http1/caller-side.ts";
import type { Entry, KeyLimiter, Pass, Refusal } from "../keys/key-limiter.ts";
import type { RefusalSampler } from "../keys/refusal-sampler.ts";
import type { Route } from "../server/paths.ts";
import type { RequestContext } from "./context.ts";
import { type Admitted, NOT_ADMITTED } from "./context-parts.ts";
import { estimatePrompt } from "./estimate-request.ts";
import { type Admission, admit, type Caller, findUnknownKey } from "./find-caller.ts";
import { findNamedFiles } from "./named-files.ts";

interface Doors {
  admission(): Admission;
  keyLimiter: KeyLimiter;
  findKey(keyHash: string): Promise<void>;
  refusals: RefusalSampler;
}

/**
 * Identifies the caller and applies the limits of their proxy key, person, team and project. This happens before any
 * byte of the body is read. Returns the caller, and a pass where something is counted. Throws the refusal otherwise.
 *
 * A promise only where the key or a limit has to be asked for elsewhere. Without one, the body is read in the turn that
 * read its head, into the memory where it stays (`tests/proxy/request/first-bytes.test.ts`).
 */
export function authorize(
  ctx: RequestContext,
  request: CallerRequest,
  route: Extract<Route, { kind: "model" }>,
  doors: Doors,
): Admitted | Promise<Admitted> {
  return enter(ctx, { request, route, isAgain: false }, doors);
}

interface Asking {
  request: CallerRequest;
  route: Extract<Route, { kind: "model" }>;
  /** The request took its token of the rate before. */
  isAgain: boolean;
}

function enter(ctx: RequestContext, asking: Asking, doors: Doors): Admitted | Promise<Admitted> {
  const unknown = findUnknownKey(asking.request, doors.admission());
  if (unknown === null) return enterKnown(ctx, asking, doors);
  return doors.findKey(unknown).then(() => enterKnown(ctx, asking, doors));
}

function enterKnown(
  ctx: RequestContext,
  { request, route, isAgain }: Asking,
  { admission, keyLimiter, refusals }: Doors,
): Admitted | Promise<Admitted> {
  if (request.socket.destroyed) throw new ClientGone();
  const caller = admit(request, route, admission());
  const { held, billingMode } = caller;
  if (held === null) return { caller, pass: null, entered: null };
  for (const holder of held.all) {
    const refusal = findEndpointRefusal(holder.limits, route.endpoint, billingMode);
    if (refusal !== null)
      throw recorded(
        ctx,
        caller,
        refusals,
        new AppError("key.not-for-this", {}, `${formatSubject(holder)} ${refusal}`),
      );
  }
  const asked = isAgain ? withoutRates(held) : held;
  if (!asked?.isAsked[billingMode]) return { caller, pass: null, entered: asked };
  const counted = (entry: Entry): Admitted => {
    // A caller that left while the limiter was asked is not read from any more: no byte would ever arrive.
    if (request.socket.destroyed) {
      if (entry.kind === "in") entry.pass.leave();
      throw new ClientGone();
    }
    if (entry.kind !== "in") throw recorded(ctx, caller, refusals, buildRefusal({ held: asked, billingMode }, entry));
    return { caller, pass: entry.pass, entered: asked };
  };
  const entry = keyLimiter.enter(asked, billingMode);
  return entry instanceof Promise ? entry.then(counted) : counted(entry);
}

/**
 * Time for which a request whose body is arriving holds its place and its share of a budget. A body that takes longer
 * holds neither meanwhile, and its caller is asked for again.
 */
const HELD_WHILE_READING_MS = 3_000;

/**
 * Reads the body with what the request holds of its limits. One that has not arrived within seconds gives that back: a body
 * that trickles in must not keep others out of a place or a budget. When it has arrived the request comes in a second time,
 * with the keys and limits in force then and without a second token of the rate: else a head sent in time would outlast a key
 * that was revoked or a budget that was lowered since. Throws the refusal of that moment.
 */
export async function readWithinLimits<Body>(
  ctx: RequestContext,
  read: Promise<Body>,
  coming: Omit<Asking, "isAgain">,
  doors: Doors,
): Promise<Body> {
  const { pass } = ctx.admitted;
  const timer = pass === null ? undefined : setTimeout(giveBack, HELD_WHILE_READING_MS, ctx, pass).unref();
  const body = await read.finally(() => clearTimeout(timer));
  const isInTime = pass === null ? ctx.elapsedMs() < HELD_WHILE_READING_MS : ctx.admitted.pass === pass;
  if (isInTime) return body;
  // As at the front: a caller who is refused before being known again leaves no event.
  ctx.admitted = NOT_ADMITTED;
  ctx.admitted = await enter(ctx, { ...coming, isAgain: true }, doors);
  if (ctx.delivery.clientLeft) throw new ClientGone();
  return body;
}

function giveBack(ctx: RequestContext, pass: Pass): void {
  const { caller, entered } = ctx.admitted;
  pass.leave();
  ctx.admitted = { caller, pass: null, entered };
}

/**
 * Passes the served model and the request's estimated size to the limiter. It asks the limiter again where that is
 * much. Throws the refusal.
 */
export async function confirmWithinLimits(
  ctx: RequestContext,
  pass: Pass,
  { refusals }: Pick<Doors, "refusals">,
): Promise<void> {
  const { choice } = ctx;
  const { caller, entered } = ctx.admitted;
  invariant(
    caller !== null && choice !== null && entered !== null,
    "a request with a pass has come in and was decided",
  );
  const { billingMode } = caller;
  const refusal = await askAbout(ctx, pass, choice.served);
  if (ctx.delivery.clientLeft) throw new ClientGone();
  if (refusal === null) return;
  ctx.admitted = { caller: null, pass, entered };
  throw recorded(ctx, caller, refusals, buildRefusal({ held: entered, billingMode }, refusal));
}

/**
 * Whether the budgets of the request have room for another model than the one that refused it. The other model may cost
 * many times as much.
 */
export async function hasRoomFor(ctx: RequestContext, model: string): Promise<boolean> {
  const { pass } = ctx.admitted;
  return pass === null || (await askAbout(ctx, pass, model, true)) === null;
}

function askAbout(
  ctx: RequestContext,
  pass: Pass,
  model: string,
  isOther = false,
): Refusal | null | Promise<Refusal | null> {
  const { caller } = ctx.admitted;
  // Counting tokens costs nothing.
  if (ctx.endpoint !== "messages" || caller === null) {
    pass.served(null, 0);
    return null;
  }
  return pass.confirm(model, hasBudget(ctx.admitted) ? estimatePrompt(ctx, model) : 0, isOther);
}

/** Whether a budget holds the request, so that its size counts. */
const hasBudget = ({ caller, entered }: Admitted): boolean =>
  caller !== null && entered !== null && entered.budgeted[caller.billingMode].length > 0;

/** Whether a request that a budget holds names files or addresses; of others nothing is read for it. */
export const namesFiles = (admitted: Admitted, body: Buffer): boolean => hasBudget(admitted) && findNamedFiles(body);

/** The refusal, which returns nothing: so it sets the refused caller here when this one is to leave an event. */
function recorded(ctx: RequestContext, caller: Caller, refusals: RefusalSampler, refusal: AppError): AppError {
  const isDue = refusals.isDue(caller.proxyKeyId ?? caller.personId ?? caller.project, refusal.code);
  const { pass, entered } = ctx.admitted;
  if (isDue) ctx.admitted = { caller, pass, entered };
  return refusal;
}

/**
 * Checks the models a caller may ask for: the requested one, and those that its tools and fallbacks name. The model a rule
 * serves instead is the admin's choice and not checked.
 */
export function checkModelsAllowed({ admitted, snapshot }: RequestContext, body: Uint8Array, index: BodyIndex): void {
  const held = admitted.caller?.held?.all.filter(({ limits }) => limits.models !== null) ?? [];
  if (held.length === 0) return;
  invariant(snapshot !== null, "the snapshot is taken before the body is read");
  const asked = [{ model: index.model, field: null }, ...findNamedModels(body, index)];
  for (const holder of held) {
    const { models } = holder.limits;
    const refused = asked.find(({ model }) => models !== null && !mayAskFor(models, model, snapshot.compiled));
    if (refused === undefined || models === null) continue;
    const where = refused.field === null ? "" : `, and ${refused.field} of this request names another one`;
    const text = `${formatSubject(holder)} may only ask for ${models.join(", ")}${where}. Choose such a model, or ask an admin for another one.`;
    throw new AppError("key.model-not-allowed", {}, text);
  }
}

const REFUSALS = {
  "too-fast": "key.too-fast",
  "too-many": "key.too-many-open",
  "nearly-spent": "key.budget-taken",
  spent: "key.budget-spent",
} as const;

/**
 * Builds the refusal, and names whose limit it is. A refused developer has to know whom to ask, and may have a key of
 * another project.
 */
function buildRefusal(
  { held, billingMode }: Pick<Caller, "held" | "billingMode">,
  { kind, retryAfterMs, at }: Refusal,
): AppError {
  const retryAfterSeconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
  const holder = held?.counted[at];
  if (holder === undefined) return new AppError(REFUSALS[kind], { retryAfterSeconds });
  const amount = formatMoneyExact(String(findBudget(holder.limits, billingMode) ?? 0));
  const isCovered = isPlan(billingMode);
  const what = isCovered ? `plan value of ${amount}` : amount;
  const texts = {
    "too-fast": `${formatSubject(holder)} has used up its requests of this minute. Try again when the time in retry-after has passed.`,
    "too-many": `${formatSubject(holder)} has as many requests under way as it may. Try again when one of them is over.`,
    "nearly-spent": `The requests under way may use up the rest of the ${what} that ${formatHolder(holder)} has for this month. Try again when one of them is over.`,
    spent: `${formatSubject(holder)} has ${isCovered ? "used up" : "spent"} its ${what} of this month. Ask an admin of this installation for more, or wait until the next month begins.`,
  };
  return new AppError(REFUSALS[kind], { retryAfterSeconds }, texts[kind]);
}

/** Formats the holder as the beginning of a sentence. */
function formatSubject(holder: LimitHolder): string {
  const name = formatHolder(holder);
  return name.charAt(0).toUpperCase() + name.slice(1);
}
