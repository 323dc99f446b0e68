import { expect, it } from "vitest";
import { parseArguments } from "./arguments.ts";

const options = {
  "keep-days": { type: "string" },
  range: { type: "string", short: "r" },
  yes: { type: "boolean", short: "y" },
} as const;
const refusal = (...args: string[]) => {
  try {
    parseArguments(args, options, "retention");
    return null;
  } catch (problem) {
    const { message, hint, code } = problem as { message: string; hint: string; code: number };
    return `${code} ${message} (${hint})`;
  }
};

it("refuses a value that is given twice, in any of its forms", () => {
  for (const args of [
    ["--keep-days", "90", "--keep-days", "3"],
    ["--keep-days=90", "run", "--keep-days=90"],
  ])
    expect(refusal(...args)).toBe("2 --keep-days is given more than once (give it once)");
  expect(refusal("-r", "7d", "--range", "30d")).toBe("2 --range is given more than once (give it once)");
  expect(refusal("-y", "--yes", "-y", "--range", "7d", "--range-of")).not.toContain("more than once");
  expect(refusal("-y", "-y", "--range", "7d")).toBeNull();
});

it("says which option has no value, and how to write one that begins with a dash", () => {
  expect(refusal("run", "--keep-days")).toBe("2 --keep-days needs a value (--keep-days=<value>)");
  expect(refusal("--keep-days", "-5", "run")).toBe(
    "2 --keep-days needs a value (-5 begins with a dash: if it is the value, write --keep-days=-5)",
  );
  expect(parseArguments(["--keep-days=-5"], options, "retention")?.text("keep-days")).toBe("-5");
  expect(refusal("--keep-day", "5")).toContain("did you mean --keep-days?");
});

it("refuses an empty value and an empty word, which a variable that is not set leaves behind", () => {
  const hint = "(a variable in the command line may not be set)";
  for (const args of [["--range", ""], ["--range="], ["-r", ""], ["run", "--range", " \t"]])
    expect(refusal(...args)).toBe(`2 --range needs a value ${hint}`);
  expect(refusal("run", "")).toBe(`2 an argument is empty ${hint}`);
  expect(refusal("--yes", "--", "run")).toBeNull();
});
