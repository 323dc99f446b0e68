import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { logLine } from "./log-line.ts";

it("a line of the console has the structure of the proxy's log", () => {
  const print = vi.spyOn(console, "error").mockImplementation(() => {});
  logLine("warn", "the rules file could not be written", { version: 3 });
  const line: unknown = JSON.parse(String(print.mock.calls[0]?.[0]));
  print.mockRestore();

  expect(line).toEqual({
    level: 40,
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    version: 3,
    msg: "the rules file could not be written",
  });
});

it("nothing else of the console prints lines", () => {
  const files = ["app", "control"].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name))
      .map((name) => join(folder, name)),
  );
  const printing = files.filter((file) => /console\.(error|warn|log|info)\(/.test(readFileSync(file, "utf8")));

  expect(printing).toEqual(["control/log-line.ts"]);
});
