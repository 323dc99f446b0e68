// What failed, in a few lines each, read from the reports of the two runners.
import { join, relative } from "node:path";
import process from "node:process";
import { stripVTControlCharacters } from "node:util";

/** Tests that failed, and files that failed before their first test, from `testResults` of vitest's JSON report. */
export function failedTests(files) {
  return files.flatMap((file) => {
    const failed = file.assertionResults.filter((test) => test.status === "failed");
    if (failed.length > 0)
      return failed.map((test) =>
        described(relative(process.cwd(), file.name), test.fullName, test.failureMessages[0]),
      );
    return file.status === "failed" ? [described(relative(process.cwd(), file.name), "", file.message)] : [];
  });
}

/** Stories that failed at every attempt, from `suites` of Playwright's JSON report. */
export function failedStories(suites) {
  return suites.flatMap((suite) => [
    ...(suite.specs ?? [])
      .filter((spec) => !spec.ok)
      .map((spec) => {
        const results = spec.tests.flatMap((test) => test.results);
        return described(join("e2e", spec.file), spec.title, results.findLast(({ error }) => error)?.error.message);
      }),
    ...failedStories(suite.suites ?? []),
  ]);
}

function described(file, title, message) {
  const lines = stripVTControlCharacters(message ?? "")
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.includes("node_modules"));
  return [`${file} › ${title}`, ...lines.slice(0, 12)].join("\n        ");
}
