// Long because it is all that the page of alerts says in words, with the history as CSV.

import { describe, expect, it } from "vitest";
import { historyCsv } from "./history-csv.ts";
import type { AlertRuleView, DeliveryView, FiringView } from "./queries.ts";
import { nothingOpen, readView, viewParams } from "./url.ts";
import {
  deliveryLines,
  deliveryWords,
  endedWords,
  findLead,
  findNewestMessage,
  formatMoment,
  formatSoFar,
  lastDelivery,
  sayFiring,
  stateDetail,
  summaryWords,
  toShares,
} from "./words.ts";

const delivery = (part: Partial<DeliveryView> = {}): DeliveryView => ({
  channelId: "chn_slack",
  channel: "Slack",
  event: "fired",
  state: "sent",
  tries: 1,
  sentAt: null,
  tookMs: 612,
  problem: null,
  isCalledOff: false,
  ...part,
});

const firing = (part: Partial<FiringView> = {}): FiringView => ({
  id: "fir_1",
  ruleId: "errors-after-publish",
  name: "Error rate after a publish",
  title: "Rule 5 fails more since v42",
  value: "2.9% of 611 requests",
  evidence: [],
  now: null,
  isWithinNow: false,
  fix: { label: "Roll back to v41", path: "/rules?roll-back=41" },
  firedAt: "2026-11-27T13:31:00.000Z",
  endedAt: null,
  endedBy: null,
  endTitle: null,
  acknowledgedBy: null,
  deliveries: [],
  ...part,
});

const rule = (part: Partial<AlertRuleView>) =>
  ({ id: "budget", isOn: true, snoozedUntil: null, ...part }) as AlertRuleView;

describe("the words of a message", () => {
  it("say how long it took, and which try it was", () => {
    expect(deliveryWords(delivery())).toBe("612 ms");
    expect(deliveryWords(delivery({ tries: 2, tookMs: 4_100 }))).toBe("2nd try, 4.1 s");
    expect(deliveryWords(delivery({ tries: 11, tookMs: null }))).toBe("11th try, sent");
    expect(deliveryWords(delivery({ state: "waiting", tries: 0 }))).toBe("waits to be sent");
    expect(deliveryWords(delivery({ state: "failed", tries: 6, problem: "It answered 410." }))).toBe(
      "not delivered: It answered 410.",
    );
  });

  it("leave out the end of an alert unless it was not delivered, was sent in part, or is tried again", () => {
    const ended = delivery({ event: "ended" });
    expect(deliveryWords(delivery({ problem: "It refuses one." }))).toBe("in part, 612 ms: It refuses one.");
    const lost = delivery({ event: "ended", channel: "Hook", state: "failed", problem: "No answer." });
    const part = delivery({ event: "ended", channel: "Mail", problem: "It refuses one." });
    const again = delivery({ event: "ended", channel: "Late", state: "waiting", tries: 2, problem: "It answers 502." });
    const first = delivery({ event: "ended", channel: "Soon", state: "waiting", tries: 0, tookMs: null });

    const deliveries = [delivery(), ended, lost, part, again, first];
    expect(deliveryLines({ deliveries }).map(({ text }) => text)).toEqual([
      "Slack 612 ms",
      "Hook, its end: not delivered: No answer.",
      "Mail, its end: in part, 612 ms: It refuses one.",
      "Late, its end: tries again: It answers 502.",
    ]);
  });

  it("count what a person called off as no failure", () => {
    const lost = delivery({ state: "failed", problem: "No answer." });
    const off = { ...lost, channel: "Hook", problem: "The alert was switched off.", isCalledOff: true };
    expect(deliveryLines({ deliveries: [lost, off] }).map(({ isFailed }) => isFailed)).toEqual([true, false]);
  });

  it("find the newest message to a channel, of all alerts or of one", () => {
    const other = firing({ ruleId: "budget", firedAt: "2026-11-28T09:00:00.000Z", deliveries: [delivery()] });
    const history = [other, firing({ deliveries: [delivery({ tookMs: 5 })] })];

    expect(lastDelivery(history, "chn_slack")?.at).toBe("2026-11-28T09:00:00.000Z");
    expect(lastDelivery(history, "chn_slack", "errors-after-publish")?.delivery.tookMs).toBe(5);
    expect(lastDelivery(history, "chn_mail")).toBeNull();
  });
});

describe("the newest message of an alert", () => {
  const at = (minute: number) => `2026-11-27T14:${minute}:00.000Z`;
  const ended = firing({ endedAt: at(20), endTitle: "Given up: silent for 7 days." });
  const id = ended.ruleId;

  it("is the one that was taken last, an end as it was said", () => {
    const began = delivery({ sentAt: at(11) });
    const end = delivery({ event: "ended", sentAt: at(21) });
    const newer = firing({ title: "Again", deliveries: [delivery({ state: "waiting", tries: 0, sentAt: null })] });
    const first = findNewestMessage([{ ...ended, deliveries: [began] }], id);
    expect(first).toMatchObject({ title: ended.title, at: at(11), isEnd: false });
    const history = [newer, { ...ended, deliveries: [began, end] }];
    expect(findNewestMessage(history, id)).toMatchObject({ title: ended.endTitle, at: at(21), isEnd: true });
  });

  it("is what it had to say where no channel took it", () => {
    expect(findNewestMessage([ended], id)).toMatchObject({ title: ended.title, at: ended.firedAt, isEnd: false });
    expect(findNewestMessage([ended], "budget")).toBeNull();
  });
});

describe("times", () => {
  it("are those of the reporting zone", () => {
    expect(formatMoment("2026-11-27T13:31:00.000Z", "Europe/Berlin")).toBe("27 Nov, 14:31");
    expect(formatMoment("2026-11-27T23:31:00.000Z", "Asia/Tokyo")).toBe("28 Nov, 08:31");
  });

  it("say how long something has lasted", () => {
    const at = "2026-11-27T13:31:00.000Z";

    expect(formatSoFar(at, Date.parse(at) + 21 * 60_000)).toBe("for 21 min");
    expect(formatSoFar(at, Date.parse(at) + 20_000)).toBe("since just now");
  });
});

describe("the alerts in one look", () => {
  it("are counted by what they need", () => {
    const rules = [
      rule({ state: "firing" }),
      rule({ state: "over-quiet" }),
      rule({ state: "snoozed" }),
      rule({ state: "not-enough" }),
      rule({ state: "off", isOn: false }),
    ];

    expect(summaryWords({ rules, firing: [firing()] })).toBe(
      "1 firing · 1 beyond its bound · 1 snoozed · 3 of 4 watched have data",
    );
    expect(summaryWords({ rules: rules.slice(4), firing: [] })).toBe("none firing · 0 of 0 watched have data");
  });

  it("lead with the newest that waits for a person", () => {
    const newest = firing({ id: "seen", acknowledgedBy: "Olga" });
    const snoozed = firing({ id: "snoozed", ruleId: "budget" });
    const waiting = firing({ id: "waiting" });
    const rules = [rule({ id: "budget", snoozedUntil: "2026-11-30T00:00:00.000Z" })];

    expect(findLead([newest, snoozed, waiting], rules)?.id).toBe("waiting");
    expect(findLead([newest, snoozed], rules)?.id).toBe("seen");
    expect(findLead([], rules)).toBeNull();
  });
});

describe("the line below a state", () => {
  const later = "2026-11-29T23:16:00.000Z";
  const snoozed = { state: "snoozed", snoozedUntil: later, firingSince: null, mayFireAt: null } as const;

  it.each<[Partial<AlertRuleView>, string | null]>([
    [{ state: "over-quiet", mayFireAt: later }, "quiet until 30 Nov, 00:16"],
    [{ state: "over-waiting", mayFireAt: later }, "may fire 30 Nov, 00:16"],
    [snoozed, "until 30 Nov, 00:16"],
    [{ ...snoozed, mayFireAt: later }, "until 30 Nov, 00:16; beyond its bound"],
    [{ ...snoozed, firingSince: later }, "until 30 Nov, 00:16; fires"],
    [{ state: "ok", mayFireAt: null }, null],
  ])("of %j says until when, and what a snooze hides", (part, text) => {
    expect(stateDetail(rule(part), "Europe/Berlin")).toBe(text);
  });
});

describe("the sentence of a firing", () => {
  const then = { title: "Devon has used 83.4%", value: "Devon, $83.40 of $100.00", evidence: [] };
  const now = {
    title: "Devon has used 84.2%",
    value: "Devon, $84.20 of $100.00",
    evidence: [{ label: "Used", text: "84" }],
  };

  it("has the figures of now, and those when it fired as such where they differ", () => {
    expect(sayFiring(firing({ ...then, now }))).toEqual({
      ...now,
      isOfNow: true,
      note: `When it fired: ${then.value}`,
    });
    expect(sayFiring(firing({ ...now, now })).note).toBeNull();
  });

  it("names the figures when it fired as such where those of now are not known, or within the bound", () => {
    const named = { ...then, title: `When it fired: ${then.title}`, isOfNow: false };
    expect(sayFiring(firing(then))).toEqual({ ...named, note: null });
    const within = "Within its bound at the last look. It ends when that has lasted.";
    expect(sayFiring(firing({ ...then, isWithinNow: true }))).toEqual({ ...named, note: within });
  });
});

describe("the shares of a firing", () => {
  it("are compared with the largest of the evidence", () => {
    const evidence = [
      { label: "Rule", text: "opus → haiku, in this form since v42" },
      { label: "Failed", text: "18 of 600 requests", share: 0.03 },
      { label: "Other rules", text: "12 of 4,000 requests", share: 0.003 },
    ];

    expect(toShares(firing({ evidence }))).toEqual([
      { label: "Failed", text: "18 of 600 requests", percent: "3.0%", length: 1 },
      { label: "Other rules", text: "12 of 4,000 requests", percent: "0.3%", length: 0.1 },
    ]);
  });

  it("are against the whole where there is one, and none where the evidence has none", () => {
    const evidence = [{ label: "Used", text: "$3,450.00 of $4,600.00", share: 0.75 }];

    expect(toShares(firing({ evidence }))).toEqual([
      { label: "Used", text: "$3,450.00 of $4,600.00", percent: "75.0%", length: 0.75 },
    ]);
    expect(toShares(firing({ evidence: [{ label: "Host", text: "3 of 4" }] }))).toEqual([]);
  });
});

it("a firing says when not its cause ended it", () => {
  const causes = [null, "removed", "switched-off", "given-up", "changed"];
  expect(causes.map((endedBy) => endedWords({ endedBy } as FiringView))).toEqual([
    null,
    "alert removed",
    "alert switched off",
    "given up",
    "bound changed",
  ]);
});

describe("the CSV of the history", () => {
  it("starts no formula, and leaves what is not known empty", () => {
    const ended = firing({
      endedAt: "2026-11-27T14:23:00.000Z",
      acknowledgedBy: "=HYPERLINK(1)",
      deliveries: [delivery()],
    });
    const [head, first, second] = historyCsv([ended, firing({ name: "+1" })]).split("\r\n");

    expect(head).toBe("fired_at,ended_at,alert,title,value,duration_s,delivered,acknowledged_by,ended_by");
    expect(first).toMatch(/,3120,"Slack 612 ms","'=HYPERLINK\(1\)",$/);
    expect(second).toMatch(/^"2026-11-27T13:31:00.000Z",,"'\+1",.*,,"",,$/);
  });
});

describe("the address of the page", () => {
  it("round-trips what is open, one sheet at most", () => {
    for (const view of [
      nothingOpen,
      { ...nothingOpen, alert: "budget" },
      { ...nothingOpen, adds: "hit-rate" as const },
      { ...nothingOpen, channels: true },
    ])
      expect(readView(viewParams(view))).toEqual(view);
    expect(readView({ alert: "budget", channels: "1" })).toEqual({ ...nothingOpen, alert: "budget" });
    expect(readView({ new: "unheard-of" })).toEqual(nothingOpen);
  });
});
