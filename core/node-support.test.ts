import { expect, it } from "vitest";
import { findNodeSupport } from "./node-support.ts";

it("knows the last day with security fixes, and that the day after is over", () => {
  expect(findNodeSupport("22.12.0", "2027-04-30")).toEqual({ until: "2027-04-30", isOver: false });
  expect(findNodeSupport("22.12.0", "2027-05-01")).toEqual({ until: "2027-04-30", isOver: true });
});

it("knows no such day of a release without long-term support, and does not call it over", () => {
  expect(findNodeSupport("23.1.0", "2030-01-01")).toEqual({ until: null, isOver: false });
});
