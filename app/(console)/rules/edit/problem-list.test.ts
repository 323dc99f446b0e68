import { readFileSync } from "node:fs";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, it } from "vitest";
import type { Problem } from "#core/rules/rule-set.ts";
import { ProblemList } from "./problem-list.tsx";

const place = { line: 2, column: 6, endLine: 2, endColumn: 12 };
const target: Problem = { ...place, severity: "error", code: "unknown-target", message: "A", fix: "claude-opus-5-5" };

function shown(problem: Problem, isFixable: boolean): string {
  const fixable = new Map(isFixable ? [[problem, []]] : []);
  const actions = { isReadOnly: false, onGoTo: () => {}, onFix: () => {} };
  return renderToStaticMarkup(createElement(ProblemList, { problems: [problem], fixable, ...actions }));
}

it("an error and a warning differ in the problem list by more than a colour", () => {
  const iconIn = (severity: Problem["severity"]) => /<svg.*<\/svg>/.exec(shown({ ...target, severity }, false))?.[0];

  expect(iconIn("error")).toContain("<path");
  expect(iconIn("error")).not.toBe(iconIn("warning"));
  expect(shown(target, false)).toContain("error: ");
  expect(shown({ ...target, severity: "warning" }, false)).toContain("warning: ");
});

it("the problem list offers a fix only where it can be applied", () => {
  expect(shown(target, true)).toContain("Use opus-5-5");
  expect(shown(target, false)).not.toContain("Use ");
});

it("what the rules editor marks by a background alone has an outline in forced colours", () => {
  const css = readFileSync(new URL("../../../globals.css", import.meta.url), "utf8");
  const forced = css.slice(css.indexOf("@media (forced-colors: active) {"));
  const outlined = [...forced.matchAll(/([^{}]*)\{[^{}]*outline: [12]px solid[^{}]*\}/g)]
    .map(([, head]) => head)
    .join();

  for (const mark of [".cm-searchMatch", ".cm-searchMatch-selected", ".cm-selectionMatch"])
    expect(outlined).toMatch(new RegExp(`\\${mark}\\s*(,|$)`, "m"));
});
