import { expect, it } from "vitest";
import { formProblem, reasonsIn } from "./field-errors.ts";
import { ApiError } from "./get-json.ts";

it("a refusal of a stale change is for the whole form, which can load the present values", () => {
  const refusal = new ApiError(409, "CONFLICT", "Ada changed it meanwhile.", { changed: ["budget"], by: "Ada" });
  const another = new ApiError(409, "CONFLICT", "These rules are already live.", { current: 4 });

  expect(formProblem(refusal)).toEqual({ fields: {}, message: "Ada changed it meanwhile.", isStale: true });
  expect(formProblem(another)).toEqual({ fields: {}, message: "These rules are already live." });
});

it("a refusal of rules names each test that failed with what it got, and each error of the text", () => {
  const message = "1 test of these rules failed. Nothing was published.";
  const failedTests = ["line 9: opus-5-5 should be opus-5-5, but is sonnet-5-5 because of rule 1, line 4"];
  const failed = new ApiError(400, "INVALID_REQUEST", message, { problems: [], failedTests });
  const problems = [
    { severity: "error", line: 4, message: "percentage is 140" },
    { severity: "warning", line: 5, message: "this rule never applies" },
  ];
  const invalid = new ApiError(400, "INVALID_REQUEST", "The rules have errors.", { problems });
  const alone = new ApiError(400, "INVALID_REQUEST", "percentage is 140", { problems });

  expect(formProblem(failed)).toEqual({ fields: {}, message, reasons: failedTests });
  expect(reasonsIn(invalid)).toEqual(["line 4: percentage is 140"]);
  expect(reasonsIn(alone)).toEqual([]);
  expect(reasonsIn(new Error("offline"))).toEqual([]);
});
