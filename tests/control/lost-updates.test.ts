import { expect, it } from "vitest";
import { changeAlert } from "#control/alerts/change.ts";
import { addChannel, dropChannel } from "#control/alerts/channels.ts";
import { readAlerts } from "#control/alerts/list.ts";
import { changeKeyLimits } from "#control/keys/change-limits.ts";
import { issueProxyKey } from "#control/keys/issue.ts";
import { changeIssuingPolicy, showIssuingPolicy } from "#control/keys/issuing-policy.ts";
import { changeLimits, removeLimits } from "#control/limits/change.ts";
import { listLimits } from "#control/limits/list.ts";
import { changeSettings } from "#control/settings/change.ts";
import { readSettings } from "#control/settings/read.ts";
import { DEFAULT_ISSUING_POLICY } from "#core/access/issuing-policy.ts";
import { NO_LIMITS } from "#core/access/key-limits.ts";
import { AppError } from "#core/errors.ts";
import { onBothDatabases } from "#tests/support/both-databases.ts";

const refusal = (work: Promise<unknown>) =>
  work.then(
    () => "saved",
    (error: unknown) => {
      if (!(error instanceof AppError)) throw error;
      return `${error.status} ${error.code} ${error.publicText}`;
    },
  );
const stale = (name: string, what: string) =>
  `409 changed-meanwhile ${name} changed ${what} meanwhile, so nothing was saved. Load what is saved now first.`;
const dollars = (count: number) => count * 1_000_000_000;

onBothDatabases((world) => {
  it("limits that another admin changes keep what the first one set, and the same one is refused", async () => {
    const { deps } = world();
    const olivia = await world().person("owner", "olivia");
    const amir = await world().person("admin", "amir");
    const noor = await world().person("developer", "noor");
    const holder = { kind: "person", holder: noor.id };
    await changeLimits(olivia, { ...holder, monthlyBudgetNanoUsd: dollars(1_200), models: ["haiku"] }, deps);
    const limitsOfNoor = async () => (await listLimits(olivia, deps)).people.find(({ id }) => id === noor.id)?.limits;
    const seen = await limitsOfNoor();

    const [budget, was] = [{ monthlyBudgetNanoUsd: dollars(300) }, { monthlyBudgetNanoUsd: dollars(1_200) }];
    await changeLimits(olivia, { ...holder, ...budget, was }, deps);
    await changeLimits(amir, { ...holder, requestsPerMinute: 60, was: { requestsPerMinute: null } }, deps);

    const both = { ...NO_LIMITS, models: ["haiku"], ...budget, requestsPerMinute: 60 };
    expect(await limitsOfNoor()).toEqual(both);
    const by = (name: string) => stale(name, `the limits of ${noor.email}`);
    const other = { ...holder, monthlyBudgetNanoUsd: dollars(900), was };
    expect(await refusal(changeLimits(amir, other, deps))).toBe(by("olivia"));
    expect(await refusal(removeLimits(olivia, { ...holder, was: { ...seen, ...budget } }, deps))).toBe(by("amir"));
    expect(await refusal(changeLimits(olivia, { ...holder, requestsPerMinute: 5, was: null }, deps))).toBe(by("amir"));
    expect(await limitsOfNoor()).toEqual(both);

    await removeLimits(olivia, { ...holder, was: both }, deps);
    const removed = { ...holder, requestsPerMinute: 30, was: { requestsPerMinute: 60 } };
    expect(await refusal(changeLimits(amir, removed, deps))).toBe(by("olivia"));
    expect(await limitsOfNoor()).toBeNull();
  });

  it("limits of a team that become none by two changes are refused as by one", async () => {
    const { deps } = world();
    const olivia = await world().person("owner", "olivia");
    const team = { kind: "team", holder: "payments" };
    await changeLimits(olivia, { ...team, requestsPerMinute: 60, was: null }, deps);

    const emptied = { ...team, requestsPerMinute: null, was: { requestsPerMinute: 60 } };
    expect(await refusal(changeLimits(olivia, emptied, deps))).toContain("Set at least one limit");
    expect((await listLimits(olivia, deps)).teams).toMatchObject([{ limits: { requestsPerMinute: 60 } }]);
  });

  it("the issuing policy keeps a role taken out while another admin changes something else", async () => {
    const { deps } = world();
    const olivia = await world().person("owner", "olivia");
    const amir = await world().person("admin", "amir");
    const { ownRoles } = DEFAULT_ISSUING_POLICY;
    const fewer = ownRoles.filter((role) => role !== "viewer");

    await changeIssuingPolicy(olivia, { ownRoles: fewer, was: { ownRoles } }, deps);
    await changeIssuingPolicy(amir, { ownLifeMax: 30, was: { ownLifeMax: null } }, deps);

    const both = { ...DEFAULT_ISSUING_POLICY, ownRoles: fewer, ownLifeMax: 30 };
    expect((await showIssuingPolicy(olivia, deps)).policy).toEqual(both);
    const withoutFinance = { ownRoles: ownRoles.filter((role) => role !== "finance"), was: { ownRoles } };
    expect(await refusal(changeIssuingPolicy(amir, withoutFinance, deps))).toBe(
      stale("olivia", "who issues proxy keys"),
    );
    expect((await showIssuingPolicy(olivia, deps)).policy).toEqual(both);
    // What both want is no conflict.
    expect(await refusal(changeIssuingPolicy(amir, { ownRoles: fewer, was: { ownRoles } }, deps))).toBe("saved");
  });

  it("a part of the issuing policy is checked together with what is saved", async () => {
    const { deps } = world();
    const olivia = await world().person("owner", "olivia");

    const free = { mayOwnBeFree: true, was: { mayOwnBeFree: false } };
    expect(await refusal(changeIssuingPolicy(olivia, free, deps))).toContain("allow any project first");
    expect(await refusal(changeIssuingPolicy(olivia, { ...free, was: { mayBeFree: false } }, deps))).toContain(
      "400 request.invalid was.mayBeFree",
    );
  });

  it("the limits of a key that two admins change are both kept, and the same one is refused", async () => {
    const { deps } = world();
    const olivia = await world().person("owner", "olivia");
    const amir = await world().person("admin", "amir");
    const { key } = await issueProxyKey(olivia, { name: "CI", requestsPerMinute: 60 }, deps);
    const was = { requestsPerMinute: 60 };

    await changeKeyLimits(olivia, key.id, { requestsPerMinute: 10, was }, deps);
    const { key: changed } = await changeKeyLimits(
      amir,
      key.id,
      { models: ["haiku"], openRequestsMax: 4, was: { models: null } },
      deps,
    );

    expect(changed.limits).toEqual({ ...NO_LIMITS, requestsPerMinute: 10, models: ["haiku"], openRequestsMax: 4 });
    expect(await refusal(changeKeyLimits(olivia, key.id, { requestsPerMinute: 90, was }, deps))).toBe(
      stale("olivia", "the limits of “CI”"),
    );
  });

  it("an alert that two admins change keeps both changes, and its channels are not brought back", async () => {
    world().deps.config.alerts = { smtpUrl: null, smtpFrom: "", hosts: ["127.0.0.1"] };
    const { deps } = world();
    const olivia = await world().person("owner", "olivia");
    const amir = await world().person("admin", "amir");
    const noor = await world().person("admin", "noor");
    const createChannel = async (name: string) =>
      (await addChannel(amir, { kind: "webhook", name, url: `http://127.0.0.1:9/${name}` }, deps)).channel.id;
    const [ops, night, spare] = [
      await createChannel("ops"),
      await createChannel("night"),
      await createChannel("spare"),
    ];
    const shown = async () => (await readAlerts(amir, deps)).rules.find(({ id }) => id === "hit-rate");
    const id = "hit-rate";
    await changeAlert(olivia, id, { channels: [ops, night] }, deps);
    const began = await shown();

    await changeAlert(olivia, id, { threshold: 15, was: { threshold: began?.threshold } }, deps);
    await changeAlert(amir, id, { coolDownS: 3_600, was: { coolDownS: began?.coolDownS } }, deps);
    await dropChannel(noor, night, deps);

    expect(await shown()).toMatchObject({ threshold: 15, coolDownS: 3_600, channels: [ops] });
    const added = { channels: [ops, night, spare], was: { channels: [ops, night] } };
    expect(await refusal(changeAlert(amir, id, added, deps))).toBe(stale("noor", `the alert “${began?.name}”`));
    const other = { threshold: 40, was: { threshold: began?.threshold } };
    expect(await refusal(changeAlert(amir, id, other, deps))).toBe(stale("olivia", `the alert “${began?.name}”`));
    expect(await shown()).toMatchObject({ threshold: 15, channels: [ops] });
  });

  it("settings that another admin changed meanwhile are not undone", async () => {
    const { deps } = world();
    const olivia = await world().person("owner", "olivia");
    const amir = await world().person("admin", "amir");
    const began = await readSettings(olivia, deps);

    await changeSettings(olivia, { organisation: "Globex", was: { organisation: began.organisation } }, deps);
    const zone = { reportingZone: "Europe/Berlin", was: { reportingZone: began.reportingZone } };
    await changeSettings(amir, zone, deps);

    expect(await readSettings(olivia, deps)).toMatchObject({ organisation: "Globex", reportingZone: "Europe/Berlin" });
    const other = { organisation: "Initech", was: { organisation: began.organisation } };
    expect(await refusal(changeSettings(amir, other, deps))).toBe(stale("olivia", "these settings"));
  });

  it("scripts that send no `was` replace limits and the policy as a whole", async () => {
    const { deps } = world();
    const olivia = await world().person("owner", "olivia");
    const team = { kind: "team", holder: "payments" };
    await changeLimits(olivia, { ...team, requestsPerMinute: 60, models: ["haiku"] }, deps);
    await changeLimits(olivia, { ...team, monthlyBudgetNanoUsd: dollars(5) }, deps);
    await changeIssuingPolicy(olivia, { ...DEFAULT_ISSUING_POLICY, ownLifeMax: 30 }, deps);
    await changeIssuingPolicy(olivia, DEFAULT_ISSUING_POLICY, deps);

    expect((await listLimits(olivia, deps)).teams).toMatchObject([
      { limits: { ...NO_LIMITS, monthlyBudgetNanoUsd: dollars(5) } },
    ]);
    expect((await showIssuingPolicy(olivia, deps)).policy).toEqual(DEFAULT_ISSUING_POLICY);
    expect(await refusal(changeIssuingPolicy(olivia, { ownLifeMax: 30 }, deps))).toContain("400 request.invalid");
  });
});
