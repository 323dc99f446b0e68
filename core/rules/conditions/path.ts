import { shorten } from "#core/report/shorten.ts";
import { GLOB_LENGTH_MAX } from "../glob.ts";
import { valueMatcher } from "../value-matcher.ts";
import type { Condition, ConditionTable } from "./condition.ts";
import { formatChoices, formatListChip } from "./words.ts";

interface PathWhen {
  /** Prefixes of the path as received, in whole segments, without a slash at the end. */
  pathPrefix: readonly string[];
}

interface PathFacts {
  /** Path as received, without its query. */
  path: string;
}

interface PathSaid {
  /** Path as received; null is the plain one. */
  path: string | null;
}

/** Path on which the request arrived. */
export const path: Condition<PathWhen, PathFacts, PathSaid> = {
  name: "path",
  kind: "path",
  keys: [{ key: "path_prefix", values: null }],
  none: { pathPrefix: [] },
  cost: 0,
  passReason: "condition",
  parse: (table) => ({ pathPrefix: readPrefixes(table) }),
  idPart: (when) => ({ pathPrefix: [...when.pathPrefix].sort() }),
  compile({ pathPrefix }) {
    if (pathPrefix.length === 0) return null;
    return (facts) => pathPrefix.some((prefix) => isPathUnder(facts.path, prefix));
  },
  toIndexHint({ pathPrefix }) {
    const matcher = valueMatcher(pathPrefix, false);
    return { kind: "names", handles: matcher === null ? [] : [{ slot: "path", matcher, values: listPrefixes }] };
  },
  explain: (when, facts) => `the path is ${facts.path}, the rule asks for one under ${formatChoices(when.pathPrefix)}`,
  describe: ({ pathPrefix }) =>
    pathPrefix.length === 0 ? [] : [["path", `the path is under ${pathPrefix.join(" or ")}`]],
  chips: (when) => formatListChip("path", when.pathPrefix),
  described: {
    test: { key: "path", values: null },
    none: { path: null },
    parse: (table) => ({ path: table.string("path") }),
    facts: (said) => ({ path: said.path ?? "/v1/messages" }),
    isAssumed: false,
    form: { kind: "text", label: "Path", placeholder: "/v1/messages", maxLength: 500, isCode: true, isRare: true },
  },
  guide: {
    must: "arrive under one of these paths",
    value: "whole segments: `/t/payments` holds `/t/payments/v1/messages`, not `/t/payments2/…`",
  },
  examples: ['path_prefix = "/t/web"'],
};

/** Whether a path equals the prefix or lies under it: `/t/pay` contains `/t/pay/v1/messages`, not `/t/payments`. */
function isPathUnder(path: string, prefix: string): boolean {
  return path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === "/");
}

/**
 * Lists the prefixes of a path in whole segments: "/t", "/t/pay" and "/t/pay/v1" of the last. No condition is longer.
 */
function listPrefixes({ path }: PathFacts): string[] {
  const starts: string[] = [];
  for (let at = 1; at <= Math.min(path.length, GLOB_LENGTH_MAX); at++) {
    if (at === path.length || path[at] === "/") starts.push(path.slice(0, at));
  }
  return starts;
}

function readPrefixes(table: ConditionTable): string[] {
  return table.strings("path_prefix").map((written) => {
    const plain = written.replace(/[*?/]+$/, "");
    const prefix = plain.startsWith("/") ? plain : `/${plain}`;
    if (written !== prefix && written !== `${prefix}/`) {
      const message = `path_prefix must be the beginning of a path, without wildcards: "${shorten(prefix)}".`;
      table.error("path_prefix", "bad-value", message, prefix === "/" ? null : prefix);
    } else if (prefix === "/" || prefix.length > GLOB_LENGTH_MAX || /[\s?#*]/.test(prefix)) {
      table.error("path_prefix", "bad-value", `"${shorten(written)}" is not the beginning of a path.`);
    }
    return prefix;
  });
}
