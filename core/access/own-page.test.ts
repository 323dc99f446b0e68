import { expect, it } from "vitest";
import { isFromOwnPage } from "./own-page.ts";

it("takes a page of a host with the root's dot for the console's own, as it is served", () => {
  const own = ["https://cco.example", "http://cco.example:3000"];
  for (const origin of ["https://cco.example.", "http://cco.example.:3000", "https://cco.example"])
    expect(isFromOwnPage({ site: "same-origin", origin }, own), origin).toBe(true);
  for (const origin of ["https://cco.example..", "https://cco.example.evil", "http://cco.example."])
    expect(isFromOwnPage({ site: "same-origin", origin }, own), origin).toBe(false);
});
