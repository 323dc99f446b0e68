import type { LedgerClient } from "../ledger/client/ledger-client.ts";
import type { EventBus } from "../process/event-bus.ts";
import type { RuleSource } from "../rules/active-rules.ts";
import type { SharedMemory } from "../shared-memory/shared-memory.ts";
import { Pins } from "./pins.ts";
import { SharedPins } from "./shared-pins.ts";

interface PinWays {
  rules: Pick<RuleSource, "current">;
  ledger: Pick<LedgerClient, "keepPin" | "onPins">;
  shared: SharedMemory;
  eventBus: EventBus;
  now: () => number;
}

/**
 * Builds the pins and connects them with everything that shares them: database, other instances, the next start.
 * Short because it only connects the pins with what shares them.
 */
export function sessionPins({ rules, ledger, shared, eventBus, now }: PinWays): { pins: Pins; sharedPins: SharedPins } {
  const pins: Pins = new Pins((pin) => {
    ledger.keepPin(pin);
    sharedPins.share(pin);
  }, now);
  const sharedPins = new SharedPins(shared, pins);
  ledger.onPins((received) => pins.take(received, rules.current()));
  eventBus.on((proxyEvent) => {
    if (proxyEvent.kind === "rules") pins.numbered(rules.current());
  });
  return { pins, sharedPins };
}
