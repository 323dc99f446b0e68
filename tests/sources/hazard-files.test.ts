import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EditAction } from "#core/activity/recorded-edit.ts";
import type { Capabilities, ModelEntry } from "#core/costs/catalogue.ts";
import { hi } from "#core/rules/hazards/example.ts";
import { HAZARDS } from "#core/rules/hazards/registry.ts";
import { adaptedTo, catalogue, model } from "#tests/support/adapted.ts";
import { adaptableRequest } from "#tests/support/arbitrary-request.ts";
import { isClientComponent } from "#tests/support/client-component.ts";
import { parseSources } from "#tests/support/parse-sources.ts";

const ROOM = "core/rules/hazards";
const examples = HAZARDS.flatMap((hazard) => Object.values(hazard.examples()).flat());
const entries = HAZARDS.flatMap(({ codes }) => codes);
const actionsOf = new Map(entries.map(({ code, actions }) => [code as string, actions as readonly EditAction[]]));
const isDeclared = (code: string, action: EditAction) => actionsOf.get(code)?.includes(action) === true;

/** The model with every capability unknown that may be. */
function withoutKnowledge(model: ModelEntry): ModelEntry {
  if (model.capabilities === null) return model;
  const nullable = ["systemRoleMessages", "perMessageEffort", "safeguards", "tokenizer", "structuredOutputs"] as const;
  const more = ["toolSearch", "taskBudget", "computerTool", "fallbacks", "zeroDataRetention", "priorityTier"] as const;
  const unknown = Object.fromEntries([...nullable, ...more, "imageMaxPx"].map((name) => [name, null]));
  return { ...model, capabilities: { ...model.capabilities, ...unknown } };
}

/** What the type checker cannot see about the files of `core/rules/hazards/`. */
describe("a hazard", () => {
  it("is listed if it has a file", () => {
    const files = readdirSync(ROOM).filter((name) => /(?<!\.test)\.ts$/.test(name) && name !== "registry.ts");
    const defining = files.filter((name) => readFileSync(`${ROOM}/${name}`, "utf8").includes("= defineHazard({"));
    const registry = readFileSync(`${ROOM}/registry.ts`, "utf8");

    expect(defining.filter((name) => !registry.includes(`"./${name}"`))).toEqual([]);
    expect(defining).toHaveLength(HAZARDS.length);
  });

  it("shares none of its codes with another one", () => {
    const codes = entries.map(({ code }) => code);

    expect(codes).toEqual([...new Set(codes)]);
  });

  it("is shown only with actions that its code declares", () => {
    const edits = examples.flatMap((example) => example.edits);
    const undeclared = edits.filter((edit) => {
      const words = edit.split(" ");
      return !isDeclared(words[0] ?? "", words.at(-1) as EditAction);
    });

    expect(edits.length).toBeGreaterThan(entries.length);
    expect(undeclared).toEqual([]);
  });

  it("is recorded only with actions that its code declares", () => {
    const known = catalogue.models.filter(({ status }) => status !== "retired");
    // What is not known of a model has its own answer, as a rule a skip.
    const targets = [...known, ...known.map(withoutKnowledge)];
    const undeclared = new Set<string>();
    fc.assert(
      fc.property(adaptableRequest, fc.constantFrom(...targets), (body, target) => {
        const { outcome } = adaptedTo("", body, { target });
        const found =
          outcome.kind === "skip" ? [{ code: outcome.code, action: "skip" as const }] : [...outcome.changes];
        for (const { code, action } of found) if (!isDeclared(code, action)) undeclared.add(`${code} ${action}`);
      }),
      { numRuns: 2000 },
    );

    expect([...undeclared]).toEqual([]);
  });
});

describe("what a hazard depends on inside of messages and tools", () => {
  it("is declared: without it two models would seem to agree, and messages and tools stay unread", () => {
    const missed: string[] = [];
    let pairs = 0;
    for (const { from, to, body, what } of examples.filter(({ body }) => JSON.stringify(body).length < 10_000)) {
      const request = { model: model(from).id, messages: [hi], max_tokens: 100, ...body };
      for (const target of modelsBetween(model(from), model(to))) {
        pairs++;
        // Without an estimate of the prompt everything is read.
        const [read, perhapsUnread] = [undefined, 100].map((tokens) => adaptedTo("", request, { target, tokens }));
        if (perhapsUnread?.verdict !== read?.verdict || perhapsUnread?.text !== read?.text)
          missed.push(`${what}: ${read?.verdict} ${read?.codes}`);
      }
    }

    expect(pairs).toBeGreaterThan(examples.length);
    expect(missed).toEqual([]);
  });
});

/** The first model with one capability of the second, for each in which they differ. */
function modelsBetween(first: ModelEntry, second: ModelEntry): ModelEntry[] {
  const [has, other] = [first.capabilities, second.capabilities];
  if (has === null || other === null) return [];
  const names = Object.keys(has) as (keyof Capabilities)[];
  const different = names.filter((name) => JSON.stringify(has[name]) !== JSON.stringify(other[name]));
  return different.map((name) => ({ ...first, capabilities: { ...has, [name]: other[name] } }));
}

describe("the browser", () => {
  it("loads no hazard: pages get sentences instead", () => {
    const clients = [...parseSources(["app"])].filter(([, tree]) => isClientComponent(tree)).map(([file]) => file);
    const loaded = new Set<string>();
    const load = (file: string) => {
      if (loaded.has(file)) return;
      loaded.add(file);
      for (const target of readImports(file)) load(target);
    };
    for (const file of clients) load(file);

    expect(loaded.has("core/rules/conditions/registry.ts")).toBe(true);
    expect([...loaded].filter((file) => file.startsWith(ROOM))).toEqual([]);
  });
});

/** Files of ours that a file imports for more than their types. */
function readImports(file: string): string[] {
  const pattern = /(?:^|\n)\s*(?:import|export)\s+(?!type\s)(?:[^"';]*?\sfrom\s+)?["']([#.][^"']+\.tsx?)["']/g;
  return [...readFileSync(file, "utf8").matchAll(pattern)].map(([, target = ""]) =>
    target.startsWith("#") ? target.slice(1) : normalize(join(dirname(file), target)),
  );
}
