import { formatRolesWith } from "#core/access/permissions.ts";
import { AppError } from "#core/errors.ts";
import { ownValue } from "#core/own-value.ts";
import { formatCounted } from "#core/report/plural.ts";
import type { Purger } from "../ledger/messages.ts";
import { knownStats } from "../ledger/stats.ts";
import type { ProvenReader, ProxyContext } from "../process/proxy-context.ts";
import { findRefusal } from "./require-reader.ts";
import { cacheFigures, cacheView, overridesView, textOrNull } from "./stats-views.ts";

interface TerminalResult {
  output: string;
  /** The connection ends after this. */
  isLast: boolean;
}

/** The proven sender of the command: on an address where reading is open, that takes a sign-in or a token. */
type Prove = () => Promise<ProvenReader | null>;

type TerminalCommand = (context: ProxyContext, prove: Prove) => string | Promise<string>;

/** Stands where an amount is not known. */
const UNPRICED = "unpriced";

const HELP = `help         this list
cache stats  hits and misses of the response cache
cache clear  forget every stored answer
stats        requests, cost and savings
overrides    what was served by another model
exit         close the terminal`;

/** The console goes by a range; the terminal has none, so each number stands under its span. */
const SINCE_FIRST_DAY = "Since the first day of this installation:";

const NEEDS_PROOF =
  "This changes something, so it takes a sign-in: use the terminal of the console, or connect with an access token that has the scope cache (Authorization: Bearer ccoat_…).";

const commands: Record<string, TerminalCommand> = {
  help: () => HELP,
  "cache stats": async (context) => {
    const view = cacheView(context, await cacheFigures(context));
    return [
      SINCE_FIRST_DAY,
      `Cache hits: ${view.cache_hits}`,
      `Cache misses: ${view.cache_misses}`,
      `Hit rate: ${(view.hit_rate * 100).toFixed(1)}%`,
      `Bypassed: ${view.cache_bypassed}`,
      `Cost avoided: ${view.cost_avoided ?? UNPRICED}`,
      "Since the proxy started:",
      `Tokens avoided: ${view.tokens_avoided}`,
      `Evicted: ${view.evictions}`,
      "At this moment:",
      `Stored answers: ${view.cached_items} (${(view.memory_usage_bytes / 1_048_576).toFixed(1)} MB)`,
    ].join("\n");
  },
  "cache clear": async (context, prove) => {
    const caller = await prove();
    if (caller === null) return NEEDS_PROOF;
    const problem = findRefusal(caller, "cache.purge");
    if (problem?.code === "token.no-scope") return problem.publicText;
    if (problem !== null) return `Only ${formatRolesWith("cache.purge")} clear the response cache.`;
    const cleared = context.crew === null ? context.cache.clear() : await context.crew.clearCache();
    context.ledger.purgeCache({ kind: "all" }, toPurger(caller));
    return `Response cache cleared: ${formatCounted(cleared, "answer")} forgotten.`;
  },
  stats: (context) => {
    const { totals } = knownStats(context);
    const { cost, planValue, saved, avoided } = totals.money;
    const shown = (amount: bigint | null) => textOrNull(amount) ?? UNPRICED;
    return [
      SINCE_FIRST_DAY,
      `Requests: ${totals.requests}`,
      `Overrides: ${totals.overrides}`,
      `Errors: ${totals.errors}`,
      `Tokens: ${totals.promptTokens + totals.outputTokens}`,
      `Cost: ${shown(cost)}`,
      `Plan value (subscriptions): ${shown(planValue)}`,
      `Saved by rules (estimate): ${shown(saved)}`,
      `Avoided by the response cache: ${shown(avoided)}`,
      ...(totals.unpriced > 0 ? [`Requests in none of these amounts, for want of a price: ${totals.unpriced}`] : []),
      "Since the proxy started:",
      `Uptime: ${Math.floor(context.uptimeMs() / 1000)} s`,
    ].join("\n");
  },
  overrides: (context) => {
    const view = overridesView(context);
    if (view.overrides_by_model === undefined) return "Model overrides are not enabled.";
    const lines = Object.entries(view.overrides_by_model).map(
      ([model, row]) =>
        `${model} → ${row.overridden_to}: ${row.count} (${row.percentage}%), saved ${row.cost_saved ?? UNPRICED}${
          row.cost_saved !== null && row.unpriced > 0 ? `, ${row.unpriced} unpriced` : ""
        }`,
    );
    return [SINCE_FIRST_DAY, `Total overrides: ${view.total_overrides}`, ...lines].join("\n");
  },
  exit: () => "Goodbye.",
};

/** Runs one of the fixed commands; anything else is answered with a hint, never run. */
export async function runTerminalCommand(text: string, context: ProxyContext, prove: Prove): Promise<TerminalResult> {
  const name = text.trim().toLowerCase().replace(/\s+/g, " ");
  const command = ownValue(commands, name);
  if (command === undefined) return { output: "Unknown command. Type help for the commands.", isLast: false };
  try {
    return { output: await command(context, prove), isLast: name === "exit" };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { output: error.publicText, isLast: false };
  }
}

function toPurger(caller: ProvenReader): Purger {
  const { personId } = caller;
  if (caller.kind === "person") return { personId, via: "console", token: null };
  return { personId, via: "api", token: { id: caller.tokenId, name: caller.tokenName } };
}
