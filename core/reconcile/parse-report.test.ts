import { describe, expect, it } from "vitest";
import { parseReport } from "./parse-report.ts";

const bucket = (results: unknown[], from = "2026-11-02T00:00:00Z", to = "2026-11-03T00:00:00Z") => ({
  starting_at: from,
  ending_at: to,
  results,
});
const page = (...data: unknown[]) => JSON.stringify({ data, has_more: false, next_page: null });
const used = (fields: object = {}) => ({
  uncached_input_tokens: 10,
  cache_creation: { ephemeral_5m_input_tokens: 2, ephemeral_1h_input_tokens: 3 },
  cache_read_input_tokens: 4,
  output_tokens: 5,
  server_tool_use: { web_search_requests: 6 },
  model: "claude-opus-5-5",
  workspace_id: "wrkspc_1",
  api_key_id: null,
  service_tier: "standard",
  ...fields,
});
const cost = (fields: object = {}) => ({
  amount: "123.45",
  currency: "USD",
  cost_type: "tokens",
  token_type: "output_tokens",
  model: "claude-opus-5-5",
  workspace_id: null,
  service_tier: "standard",
  description: "",
  ...fields,
});

const problems = (text: string) => {
  const parsed = parseReport(text);
  return parsed.ok ? [] : parsed.problems.map(({ place, message }) => `${place}: ${message}`);
};
const records = (text: string) => {
  const parsed = parseReport(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.report.records.map(({ day, model, tokenClass, workspace, batch, count, amountNanoUsd }) => [
    day,
    model,
    tokenClass,
    workspace,
    batch,
    count ?? amountNanoUsd,
  ]);
};

describe("a report of the API", () => {
  it("is read into one record of each day, model, class and workspace", () => {
    expect(records(page(bucket([used()])))).toEqual([
      ["2026-11-02", "claude-opus-5-5", "input", "wrkspc_1", false, 10n],
      ["2026-11-02", "claude-opus-5-5", "cacheWrite5m", "wrkspc_1", false, 2n],
      ["2026-11-02", "claude-opus-5-5", "cacheWrite1h", "wrkspc_1", false, 3n],
      ["2026-11-02", "claude-opus-5-5", "cacheRead", "wrkspc_1", false, 4n],
      ["2026-11-02", "claude-opus-5-5", "output", "wrkspc_1", false, 5n],
      ["2026-11-02", null, "webSearch", "wrkspc_1", false, 6n],
    ]);
    // 123.45 cents are 1.2345 dollars.
    expect(records(page(bucket([cost()])))).toEqual([
      ["2026-11-02", "claude-opus-5-5", "output", null, false, 1_234_500_000n],
    ]);
  });

  it("is read page by page, one a line or in a list, with hours added up to their day", () => {
    const hours = [0, 1].map((hour) =>
      page(bucket([used()], `2026-11-02T0${hour}:00:00Z`, `2026-11-02T0${hour + 1}:00:00Z`)),
    );
    const sum = ["2026-11-02", "claude-opus-5-5", "input", "wrkspc_1", false, 20n];
    expect(records(hours.join("\n"))[0]).toEqual(sum);
    expect(records(`[${hours.join(",")}]`)[0]).toEqual(sum);
  });

  it("takes an instant of another spelling that is midnight in UTC", () => {
    expect(problems(page(bucket([used()], "2026-11-02T02:00:00+02:00", "2026-11-03T02:00:00+02:00")))).toEqual([]);
  });

  it.each([
    [
      "another zone",
      page(bucket([used()], "2026-11-02T00:00:00+02:00", "2026-11-03T00:00:00+02:00")),
      "data[0].starting_at: is 2026-11-02T00:00:00+02:00",
    ],
    [
      "a double row",
      page(bucket([used(), used()])),
      "data[0].results[1]: stands twice: it has the same dimensions as data[0].results[0]",
    ],
    [
      "a page given twice",
      `${page(bucket([used()]))}\n${page(bucket([used()]))}`,
      "page[1].data[0].results[0]: stands twice",
    ],
    [
      "a missing number",
      page(bucket([used({ output_tokens: undefined })])),
      "data[0].results[0].output_tokens: is missing",
    ],
    [
      "a negative number",
      page(bucket([used({ output_tokens: -1 })])),
      "data[0].results[0].output_tokens: is no whole number",
    ],
    ["a report without models", page(bucket([used({ model: null })])), "data[0].results[0].model: is null: ask"],
    [
      "a cost report without descriptions",
      page(bucket([cost({ cost_type: null })])),
      "data[0].results[0].cost_type: is null: ask",
    ],
    ["another currency", page(bucket([cost({ currency: "EUR" })])), 'data[0].results[0].currency: is "EUR"'],
    ["an amount that is a number", page(bucket([cost({ amount: 3 })])), "data[0].results[0].amount: is no decimal"],
    [
      "a token type of tomorrow",
      page(bucket([cost({ token_type: "dreams" })])),
      'data[0].results[0].token_type: is "dreams"',
    ],
    ["both kinds in one", page(bucket([cost(), used()])), "data[0].results[1]: is of a usage report"],
    ["another answer of the API", '{"type":"error"}', "data: is missing"],
    ["half a JSON", '{"data":[', "line 1: is no JSON"],
    ["nothing", " \n", "line 1: the report is empty"],
    ["no bucket", page(), "data: has no results"],
  ])("refuses %s, with its place", (_what, text, wanted) => {
    expect(problems(text)[0]).toContain(wanted);
  });
});

const HEAD = "usage_date_utc,model,workspace,usage_type,token_type,cost_usd,cost_type,a_column_of_tomorrow";

describe("a CSV of the console", () => {
  it("is read with quotes, a byte order mark and web searches", () => {
    const rows = [
      '2026-11-02,"Claude Opus 5.5","A ""B"", C",message,output,0.25,token,x',
      "2026-11-02,,Default,message,,0.01,web_search,x",
    ];
    expect(records(`\ufeff${HEAD}\r\n${rows.join("\r\n")}\r\n`)).toEqual([
      ["2026-11-02", "Claude Opus 5.5", "output", 'A "B", C', false, 250_000_000n],
      ["2026-11-02", null, "webSearch", null, false, 10_000_000n],
    ]);
  });

  it.each([
    ["another zone", "usage_date,model,token_type,cost_usd\n", "line 1: has usage_date but no usage_date_utc"],
    [
      "an instant of another zone",
      `${HEAD}\n2026-11-02T00:00:00+02:00,a,b,message,output,1,token,x`,
      "line 2, usage_date_utc: is 2026-11-02T00:00:00+02:00: it is of another zone",
    ],
    [
      "a double row",
      `${HEAD}\n2026-11-02,a,b,message,output,1,token,x\n2026-11-02,a,b,message,output,2,token,x`,
      "line 3: stands twice",
    ],
    ["another shape", "name,age\nAda,36", "line 1: has no column usage_date_utc"],
    ["a cell too many", `${HEAD}\n2026-11-02,a,b,message,output,1,token,x,y`, "line 2: has 9 cells"],
    ["no number", `${HEAD}\n2026-11-02,a,b,message,output,$1,token,x`, 'line 2, cost_usd: is "$1"'],
    ["no day", `${HEAD}\n2026-13-02,a,b,message,output,1,token,x`, "line 2, usage_date_utc"],
    ["an open quotation mark", `${HEAD}\n2026-11-02,"a`, "line 2: opens a quotation mark"],
    ["a header alone", HEAD, "line 2: has no row"],
  ])("refuses %s, with its line", (_what, text, wanted) => {
    expect(problems(text)[0]).toContain(wanted);
  });
});
