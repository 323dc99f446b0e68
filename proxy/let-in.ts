import { endpointRefusal, isCounted, mayAskFor } from "#core/access/key-limits.ts";
import { AppError } from "#core/errors.ts";
import { invariant } from "#core/invariant.ts";
import { type Admission, admit, type Caller, unknownKeyOf } from "./admit.ts";
import { ClientGone } from "./body.ts";
import type { Entry, KeyGate } from "./key-gate.ts";
import type { Route } from "./paths.ts";
import type { Trip } from "./trip.ts";
import type { CallerRequest } from "./wire/caller-side.ts";

interface Doors {
  admission(): Admission;
  keyGate: KeyGate;
  findKey(keyHash: string): Promise<void> | null;
}

/**
 * Finds out who calls and holds them to what their proxy key may do, before anything of the body is read: afterwards the
 * trip has its caller. Null when that is so already; nobody whose key has no limits waits for a turn of the event loop.
 */
export function letIn(
  trip: Trip,
  request: CallerRequest,
  route: Extract<Route, { kind: "model" }>,
  doors: Doors,
): Promise<void> | null {
  const unknown = unknownKeyOf(request, doors.admission());
  const looking = unknown === null ? null : doors.findKey(unknown);
  return looking === null ? letInNow(trip, request, route, doors) : letInLater(trip, request, route, doors, looking);
}

/** Once the database was asked about the key. */
async function letInLater(
  trip: Trip,
  request: CallerRequest,
  route: Extract<Route, { kind: "model" }>,
  doors: Doors,
  looking: Promise<void>,
): Promise<void> {
  await looking;
  if (request.socket.destroyed) throw new ClientGone();
  const entering = letInNow(trip, request, route, doors);
  if (entering !== null) await entering;
}

function letInNow(
  trip: Trip,
  request: CallerRequest,
  route: Extract<Route, { kind: "model" }>,
  { admission, keyGate }: Doors,
): Promise<void> | null {
  const caller = admit(request, route, admission());
  const { proxyKeyId, limits } = caller;
  if (limits === null || proxyKeyId === null) {
    trip.caller = caller;
    return null;
  }
  const refusal = endpointRefusal(limits, route.endpoint);
  if (refusal !== null) throw new AppError("key.not-for-this", {}, refusal);
  const entry = isCounted(limits) ? keyGate.enter(proxyKeyId, limits) : null;
  if (entry instanceof Promise) return enterLate(trip, request, caller, entry);
  enter(trip, caller, entry);
  return null;
}

/** The models a key may ask for. What a rule serves instead is the admin's choice and not looked at. */
export function guardModel({ caller, snapshot }: Trip, model: string): void {
  const models = caller?.limits?.models ?? null;
  if (models === null) return;
  invariant(snapshot !== null, "the snapshot is taken before the body is read");
  if (mayAskFor(models, model, snapshot.compiled)) return;
  const text = `This proxy key may only ask for ${models.join(", ")}. Choose such a model, or ask an admin for another key.`;
  throw new AppError("key.not-for-this", {}, text);
}

/** Whoever left while the gate was asked is not read from any more: nothing would ever come. */
async function enterLate(trip: Trip, request: CallerRequest, caller: Caller, asked: Promise<Entry>): Promise<void> {
  const entry = await asked;
  if (!request.socket.destroyed) return enter(trip, caller, entry);
  if (entry.kind === "in") entry.leave(null);
  throw new ClientGone();
}

const REFUSALS = {
  "too-fast": "key.too-fast",
  "too-many": "key.too-many-open",
  "nearly-spent": "key.budget-taken",
  spent: "key.budget-spent",
} as const;

function enter(trip: Trip, caller: Caller, entry: Entry | null): void {
  if (entry !== null && entry.kind !== "in") {
    throw new AppError(REFUSALS[entry.kind], { retryAfterSeconds: Math.max(1, Math.ceil(entry.retryAfterMs / 1000)) });
  }
  trip.caller = caller;
  if (entry === null) trip.leaveKey = null;
  // What a subscription serves is plan value, not dollars: it uses up no budget of dollars.
  else trip.leaveKey = caller.billingMode === "subscription" ? () => entry.leave(null) : entry.leave;
}
