import { describe, expect, it } from "vitest";
import { parseTraceparent } from "./traceparent.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";

describe("parseTraceparent", () => {
  it("reads the ids and the sampled flag", () => {
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-01`)).toEqual({ traceId: TRACE, spanId: SPAN, isSampled: true });
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-00`)).toMatchObject({ isSampled: false });
  });

  it("looks at the last bit of the flags alone", () => {
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-fe`)).toMatchObject({ isSampled: false });
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-03`)).toMatchObject({ isSampled: true });
  });

  it("reads the known fields of a later version and skips the rest", () => {
    expect(parseTraceparent(`01-${TRACE}-${SPAN}-01-what-comes`)).toMatchObject({ traceId: TRACE });
  });

  it.each([
    ["an empty one", ""],
    ["upper-case letters", `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ["the version that is none", `ff-${TRACE}-${SPAN}-01`],
    ["more fields than version 00 has", `00-${TRACE}-${SPAN}-01-more`],
    ["a trace id of zeros", `00-${"0".repeat(32)}-${SPAN}-01`],
    ["a span id of zeros", `00-${TRACE}-${"0".repeat(16)}-01`],
    ["a short id", `00-${TRACE.slice(1)}-${SPAN}-01`],
    ["white space around it", ` 00-${TRACE}-${SPAN}-01`],
    ["two of them", `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`],
  ])("takes %s for none", (_what, header) => {
    expect(parseTraceparent(header)).toBeNull();
  });

  it("takes a missing one and a list for none", () => {
    expect(parseTraceparent(undefined)).toBeNull();
    expect(parseTraceparent([`00-${TRACE}-${SPAN}-01`])).toBeNull();
  });
});
