import type { Ledger } from "../ledger/client/ledger-client.ts";
import type { Happenings } from "../process/event-bus.ts";
import type { RuleSource } from "../rules/active-rules.ts";
import type { SharedMemory } from "../shared-memory/shared-memory.ts";
import { Pins } from "./pins.ts";
import { SharedPins } from "./shared-pins.ts";

export interface PinWays {
  rules: Pick<RuleSource, "current">;
  ledger: Pick<Ledger, "keepPin" | "onPins">;
  shared: SharedMemory;
  happenings: Happenings;
}

/** The sessions' decisions, connected with everybody who shares them: database, other instances, the next start. */
export function sessionPins({ rules, ledger, shared, happenings }: PinWays): { pins: Pins; sharedPins: SharedPins } {
  const pins: Pins = new Pins((pin) => {
    ledger.keepPin(pin);
    sharedPins.share(pin);
  });
  const sharedPins = new SharedPins(shared, pins);
  ledger.onPins((told) => pins.take(told, rules.current()));
  happenings.on((happening) => {
    if (happening.kind === "rules") pins.numbered(rules.current());
  });
  return { pins, sharedPins };
}
