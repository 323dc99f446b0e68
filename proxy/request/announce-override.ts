import { toFixedDollars } from "#core/money/nano-usd.ts";
import type { ProxyEvent } from "../process/event-bus.ts";
import type { Log } from "../process/log.ts";
import type { LiveCounters } from "../process/proxy-context.ts";
import type { RequestContext } from "./context.ts";

interface AnnounceDeps {
  log: Log;
  live: LiveCounters;
  emit(proxyEvent: ProxyEvent): void;
  /** Overrides and money saved by them so far, those before this process included. */
  overridesSoFar(): { count: number; savedNanoUsd: bigint | null };
}

/** Announces an override the moment it is decided, in the form that `[analytics]` of the rules file asks for. */
export function announceOverride(ctx: RequestContext, { log, live, emit, overridesSoFar }: AnnounceDeps): void {
  const { choice, snapshot, admitted } = ctx;
  if (choice?.kind !== "override" || snapshot === null || ctx.endpoint !== "messages") return;
  live.overrides++;
  const { requested, served } = choice;
  emit({
    kind: "override",
    id: ctx.id,
    requested,
    served,
    project: admitted.caller?.project ?? "default",
    atMs: ctx.startedAtMs,
  });
  const { logOverrides, reportFormat } = snapshot.ruleSet.analytics;
  if (!logOverrides || reportFormat === "silent") return;
  if (reportFormat === "json") {
    const timestamp = new Date(ctx.startedAtMs).toISOString();
    log.line(JSON.stringify({ event: "model_override", from: requested, to: served, timestamp }));
    return;
  }
  const { count, savedNanoUsd } = overridesSoFar();
  log.line(`🔄 Model override: ${printable(requested)} → ${printable(served)}`);
  log.line(`📊 Override count: ${count} (cost saved: ${dollars(savedNanoUsd)})`);
}

/** Makes a model name safe to print: it is the caller's text, and nothing in it may control a terminal. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, "?");
}

/** Formats savings. Null: no price of them is known, which is no saving of zero. */
function dollars(value: bigint | null): string {
  if (value === null) return "unpriced";
  return value < 0n ? `-$${toFixedDollars(-value, 2)}` : `$${toFixedDollars(value, 2)}`;
}
