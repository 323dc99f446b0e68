import { describe, expect, it } from "vitest";
import { formProblem } from "#app/_data/field-errors.ts";
import { describeAlert, formOfKind, formOfRule, parseForm } from "./alert-form.ts";
import type { AlertKindView, AlertRuleView } from "./queries.ts";

const kind: AlertKindView = {
  kind: "hit-rate",
  name: "Hit rate",
  about: "below 30%",
  threshold: { label: "Below", unit: "percent", min: 1, max: 100 },
  sample: { label: "Minimum sample", unit: "look-ups", min: 1, max: 1_000_000 },
  defaults: { threshold: 30, minimumSample: 200, holdS: 3_600, coolDownS: 86_400 },
};
const rule = {
  name: "Cache of docs",
  isOn: false,
  threshold: 12.5,
  minimumSample: 1_200,
  holdS: 90,
  coolDownS: 0,
  channels: ["chn_1"],
} as unknown as AlertRuleView;

describe("the form of an alert", () => {
  it("shows numbers with their units, and sends what it shows unchanged", () => {
    const form = formOfRule(rule, kind);

    expect(form).toMatchObject({
      threshold: "12.5%",
      minimumSample: "1,200 look-ups",
      hold: "1 min 30 s",
      coolDown: "0 s",
    });
    expect(parseForm(form, kind)).toEqual({
      name: "Cache of docs",
      isOn: false,
      threshold: 12.5,
      minimumSample: 1_200,
      holdS: 90,
      coolDownS: 0,
      channels: ["chn_1"],
    });
  });

  it("of a new one begins with the kind's values and every channel", () => {
    expect(parseForm(formOfKind(kind, ["chn_1", "chn_2"]), kind)).toMatchObject({
      name: "Hit rate",
      isOn: true,
      ...kind.defaults,
      channels: ["chn_1", "chn_2"],
    });
  });

  it("sends nothing that its kind does not have", () => {
    const bare = { ...kind, threshold: null, sample: null };

    expect(Object.keys(parseForm(formOfKind(bare, []), bare))).toEqual([
      "name",
      "isOn",
      "holdS",
      "coolDownS",
      "channels",
    ]);
  });

  it("says what it fires for with the values as they are typed", () => {
    const form = formOfRule(rule, kind);

    expect(describeAlert({ ...form, threshold: "40" }, kind, rule)).toBe("below 40% of the look-ups of 24 hours");
    expect(describeAlert({ ...form, threshold: "forty" }, kind, rule)).toBe("below 12.5% of the look-ups of 24 hours");
  });

  it("names each field that cannot be read, before anything is sent", () => {
    const form = { ...formOfRule(rule, kind), threshold: "few", coolDown: "10" };
    let problem = formProblem(null);
    try {
      parseForm(form, kind);
    } catch (error) {
      problem = formProblem(error);
    }

    expect(problem.fields).toEqual({
      threshold: "Write a number.",
      coolDownS: "Write a number and a unit: 30 s, 10 min, 1 h or 2 d.",
    });
  });
});
