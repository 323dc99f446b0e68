// Long because one history of versions is published, rolled back, paused and read by tests that share it.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exportAudit } from "#control/audit/export.ts";
import { listAuditEntries } from "#control/audit/list.ts";
import { issueProxyKey } from "#control/keys/issue.ts";
import { compareVersions } from "#control/rules/compare-versions.ts";
import { currentRules } from "#control/rules/current.ts";
import { discardDraft } from "#control/rules/discard-draft.ts";
import { listBackups } from "#control/rules/list-backups.ts";
import { listVersions } from "#control/rules/list-versions.ts";
import { pauseRules } from "#control/rules/pause.ts";
import { previewRules } from "#control/rules/preview.ts";
import { publishRules } from "#control/rules/publish.ts";
import { rollBackRules } from "#control/rules/roll-back.ts";
import { ruleNames } from "#control/rules/rule-names.ts";
import { rulesAccess } from "#control/rules/rules-access.ts";
import { bringFileUpToDate } from "#control/rules/rules-file.ts";
import { readDraft, saveDraft } from "#control/rules/save-draft.ts";
import { showVersion } from "#control/rules/show-version.ts";
import { tryRequest } from "#control/rules/try-request.ts";
import type { PersonActor } from "#control/session/check-session.ts";
import { checkAccessToken } from "#control/tokens/check.ts";
import { issueAccessToken } from "#control/tokens/issue.ts";
import { type Actor, operatorActor } from "#core/access/actor.ts";
import { NO_LIMITS } from "#core/access/key-limits.ts";
import { AppError, type ErrorCode } from "#core/errors.ts";
import { verifyAudit } from "#store/audit.ts";
import { hashToml } from "#store/hashes.ts";
import { saveHolderLimits } from "#store/holder-limits.ts";
import { readRevision } from "#store/revision.ts";
import { draftHeaderNames } from "#store/rule-drafts.ts";
import { insertRuleVersion, latestRuleVersion } from "#store/rule-versions.ts";
import { readSetting, settingKey } from "#store/settings.ts";
import { type ControlWorld, makeControlWorld, onePersonPerRole } from "#tests/support/control-world.ts";
import { makeEvent } from "#tests/support/make-event.ts";

const first = `# house rules
[overrides]
enabled = true # the switch
rules = [
    ["claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001"], # cheap
]
`;
const second = `${first}\n[[rule]]\nfrom = "opus"\nto = "claude-sonnet-5-5"\nnote = "pilot"\n`;

let world: ControlWorld;
let admin: PersonActor;

beforeEach(async () => {
  world = await makeControlWorld();
  admin = await world.person("admin", "Ada");
});
afterEach(() => world.end());

const file = () => readFileSync(world.deps.config.rulesFile, "utf8");
const backups = () => readdirSync(dirname(world.deps.config.rulesFile)).filter((name) => name.includes(".backup."));
const publish = (toml: string, basedOn: number | null, more: object = {}) =>
  publishRules(admin, { toml, basedOn, comment: "Because", ...more }, world.deps);
const versionNumbers = async () =>
  (await listVersions(admin, { limit: 200 }, world.deps)).versions.map((version) => version.number);

/** The code a call is refused with, and what it says beside it. */
async function refusal(call: Promise<unknown>): Promise<AppError> {
  const outcome = await call.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(outcome instanceof AppError)) throw new Error(`expected a refusal, got ${String(outcome)}`);
  return outcome;
}

async function expectRefused(call: Promise<unknown>, code: ErrorCode): Promise<void> {
  const before = { numbers: await versionNumbers(), audit: await world.deps.db.auditEntry.count(), kept: backups() };
  expect((await refusal(call)).code).toBe(code);
  const after = { numbers: await versionNumbers(), audit: await world.deps.db.auditEntry.count(), kept: backups() };
  expect(after).toEqual(before);
}

describe("publishing", () => {
  it("adds a version, writes the file, backs the old one up and leaves an audit entry", async () => {
    await publish(first, null);
    world.wait(1000);

    const { version, fileWritten, backup } = await publish(second, 1);

    expect(version).toMatchObject({ number: 2, comment: "Because", actorName: "Ada", basedOn: 1, source: "console" });
    expect(fileWritten).toBe(true);
    expect(file()).toBe(second);
    expect(backups()).toEqual([backup]);
    expect(readFileSync(`${dirname(world.deps.config.rulesFile)}/${backup}`, "utf8")).toBe(first);
    const entry = await world.deps.db.auditEntry.findFirst({ orderBy: { id: "desc" } });
    expect(entry).toMatchObject({ action: "rules.publish", actorName: "Ada", objectId: "2" });
    expect(JSON.parse(entry?.before ?? "")).toEqual({ version: 1 });
    expect(JSON.parse(entry?.after ?? "")).toMatchObject({ version: 2, changes: [expect.stringContaining("opus")] });
    expect(await verifyAudit(world.deps.db)).toMatchObject({ ok: true });
  });

  it("names the rules that drop safeguards in the audit log", async () => {
    await publish(first, null);

    await publish('[[rule]]\nid = "night"\nfrom = "opus"\nto = "claude-haiku-4-5"\nsafeguards = "drop"\n', 1);

    const entry = await world.deps.db.auditEntry.findFirst({ orderBy: { id: "desc" } });
    expect(JSON.parse(entry?.after ?? "")).toMatchObject({ dropsSafeguards: ["night"], rulesDroppingSafeguards: 1 });
  });

  it("raises the revision that instances poll, and marks the file as written by CCO", async () => {
    const before = await world.deps.db.revision.findFirst();

    await publish(first, null);

    const after = await world.deps.db.revision.findFirst();
    expect(after?.number ?? 0).toBeGreaterThan(before?.number ?? 0);
    expect(await readSetting(world.deps.db, settingKey.rulesFileHash)).toBe(hashToml(first));
  });

  it("refuses a stale base version and names the one to rebase on", async () => {
    await publish(first, null);
    await publish(second, 1);

    await expectRefused(publish(`${first}# late`, 1), "rules.changed-meanwhile");
    const { status, details } = await refusal(publish(`${first}# late`, 1));

    expect(status).toBe(409);
    expect(details).toMatchObject({ current: 2, basedOn: 1, toml: second, actorName: "Ada", comment: "Because" });
    expect(file()).toBe(second);
  });

  it("accepts one of twenty concurrent publishes and answers the others with a conflict, without a gap", async () => {
    await publish(first, null);

    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => publish(`${first}# by writer ${index}\n`, 1)),
    );

    const won = outcomes.filter((outcome) => outcome.status === "fulfilled");
    const codes = outcomes.flatMap((outcome) =>
      outcome.status === "rejected" && outcome.reason instanceof AppError ? [outcome.reason.code] : [],
    );
    expect(won).toHaveLength(1);
    expect(codes).toEqual(new Array(19).fill("rules.changed-meanwhile"));
    expect(await versionNumbers()).toEqual([2, 1]);
    expect(file()).toBe((await latestRuleVersion(world.deps.db))?.toml);
    expect(await verifyAudit(world.deps.db)).toMatchObject({ ok: true });
  });

  it("refuses an invalid rule set and changes nothing", async () => {
    await publish(first, null);

    await expectRefused(publish(second, 1, { comment: "  " }), "rules.comment-required");
    await expectRefused(publish(`${first}[[rule]\n`, 1), "rules.invalid");
    await expectRefused(publish(first, 1), "rules.unchanged");
    for (const target of ["claude-nothing-9", "claude-haiku-4.5-20251001", "claude-3-opus-20240229"]) {
      await expectRefused(publish(second.replace("claude-sonnet-5-5", target), 1), "rules.invalid");
    }
    await expectRefused(publish("x".repeat(900_000), 1), "request.invalid");
    expect(file()).toBe(first);
  });

  it("names every problem of an invalid text with its line", async () => {
    const { details } = await refusal(publish(`[[rule]]\nfrom = 1\nto = 2\n`, null));

    const problems = details.problems as { line: number }[];
    expect(problems.map((problem) => problem.line)).toEqual(expect.arrayContaining([2, 3]));
  });

  it("refuses a text whose own tests fail, and names them", async () => {
    const test = `\n[[test]]\nmodel = "claude-opus-5-5"\nexpect = "claude-haiku-4-5-20251001"\n`;

    const { code, details } = await refusal(publish(second + test, null));

    expect(code).toBe("rules.invalid");
    expect(details.failedTests).toEqual([expect.stringContaining("should be haiku-4-5")]);
  });

  it("accepts an unavailable target that is live already", async () => {
    writeFileSync(world.deps.config.rulesFile, first.replace("claude-haiku-4-5-20251001", "our-own-model"));

    const refused = await refusal(publish(second.replaceAll("claude-haiku-4-5-20251001", "our-own-model"), null));
    const { version } = await publish(second.replaceAll("claude-haiku-4-5-20251001", "our-own-model"), 1);

    expect(refused.code).toBe("rules.changed-meanwhile");
    expect(version.number).toBe(2);
  });
});

describe("the rules file beside the history", () => {
  it("records an edit on disk as a version, so that publishing over it is a conflict", async () => {
    await publish(first, null);
    writeFileSync(world.deps.config.rulesFile, `${first}# by hand\n`);

    const { code, details } = await refusal(publish(second, 1));

    expect(code).toBe("rules.changed-meanwhile");
    expect(details).toMatchObject({ current: 2, actorName: "Rules file", toml: `${first}# by hand\n` });
    expect((await publish(second, 2)).version.number).toBe(3);
  });

  it("replaces a broken file and keeps it as a backup", async () => {
    await publish(first, null);
    writeFileSync(world.deps.config.rulesFile, "[[rule\n");

    const { backup } = await publish(second, 1);

    expect(file()).toBe(second);
    expect(readFileSync(`${dirname(world.deps.config.rulesFile)}/${backup}`, "utf8")).toBe("[[rule\n");
  });

  it("does not record the old file as a new edit after a crash between commit and write", async () => {
    await publish(first, null);
    await insertRuleVersion(world.deps.db, {
      toml: second,
      comment: "crashed after commit",
      source: "console",
      actorId: admin.id,
      actorName: admin.name,
      basedOn: 1,
      applies: "new-sessions",
      publishedAt: world.deps.now(),
    });

    const hashOfFile = hashToml(file());
    const known = await readSetting(world.deps.db, settingKey.rulesFileHash);
    await bringFileUpToDate(world.deps);

    expect(known).toBe(hashOfFile);
    expect(file()).toBe(second);
    expect(await versionNumbers()).toEqual([2, 1]);
    expect(await readSetting(world.deps.db, settingKey.rulesFileHash)).toBe(hashToml(second));
  });

  it("publishes over what another instance published, whose version this instance's file has not got yet", async () => {
    await publish(first, null);
    const { config } = world.deps;
    const other = { dataDir: `${config.dataDir}/other`, rulesFile: `${config.dataDir}/other/model-overrides.toml` };
    mkdirSync(other.dataDir);
    const theirs = { toml: second, basedOn: 1, comment: "There" };
    await publishRules(admin, theirs, { ...world.deps, config: { ...config, ...other } });
    expect(file()).toBe(first);

    const { version } = await publish(`${second}# here\n`, 2);

    expect(version.number).toBe(3);
    expect(await versionNumbers()).toEqual([3, 2, 1]);
    expect(file()).toBe(`${second}# here\n`);
  });

  it("refuses before the transaction when the file cannot be written", async () => {
    await publish(first, null);
    const { config } = world.deps;
    // A folder that is not there refuses everybody, also the root user whom file modes do not stop.
    const readOnly = { ...world.deps, config: { ...config, rulesFile: `${config.dataDir}/away/model-overrides.toml` } };

    const text = { toml: second, basedOn: 1, comment: "No" };
    await expectRefused(publishRules(admin, text, readOnly), "rules.file-read-only");
    await expectRefused(rollBackRules(admin, { to: 1 }, readOnly), "rules.file-read-only");
    await expectRefused(pauseRules(admin, { paused: true }, readOnly), "rules.file-read-only");
    expect((await currentRules(admin, readOnly)).file).toMatchObject({ isReadOnly: true, state: "missing" });
  });

  it("lists the backups by name and time, newest first", async () => {
    await publish(first, null);
    for (let number = 1; number <= 3; number += 1) {
      world.wait(60_000);
      await publish(`${first}# ${number}\n`, number);
    }

    const listed = await listBackups(admin, world.deps);

    expect(listed.map((backup) => backup.name)).toEqual(backups().sort().reverse());
    expect(listed[0]?.at).toBe("2026-11-22T12:03:00.000Z");
    expect(listed.every((backup) => backup.name.startsWith(`${basename(world.deps.config.rulesFile)}.backup.`))).toBe(
      true,
    );
  });
});

describe("a version published with an access token", () => {
  it("T38: records the source api and the token's name in the version, the audit log and its export", async () => {
    const { secret, token } = await issueAccessToken(admin, { name: "CI of payments", scopes: ["rules"] }, world.deps);
    const script = await checkAccessToken(secret, null, world.deps);
    if (!script) throw new Error("the token is not taken");
    await publishRules(script, { toml: first, basedOn: null, comment: "By script" }, world.deps);
    await publishRules(admin, { toml: second, basedOn: 1, comment: "By hand" }, world.deps);
    await pauseRules(script, { paused: true }, world.deps);
    await rollBackRules(script, { to: 1 }, world.deps);

    const { versions } = await listVersions(admin, {}, world.deps);
    const doors = versions.map(({ number, source, tokenName, actorName }) => [number, source, tokenName, actorName]);
    expect(doors).toEqual([
      [4, "api", "CI of payments", "Ada"],
      [3, "api", "CI of payments", "Ada"],
      [2, "console", null, "Ada"],
      [1, "api", "CI of payments", "Ada"],
    ]);
    const { entries } = await listAuditEntries(admin, { action: "rules" }, world.deps);
    const used = { id: token.id, name: "CI of payments" };
    expect(entries.map((entry) => entry.token)).toEqual([used, used, null, used]);
    const csv = await exportAudit(admin, { format: "csv", action: "rules" }, world.deps);
    let text = "";
    for await (const line of csv.lines) text += line;
    expect(text.match(/CI of payments/g)).toHaveLength(3);
    expect(await verifyAudit(world.deps.db)).toMatchObject({ ok: true });
    await world.deps.db.auditEntry.updateMany({ where: { id: entries[0]?.id }, data: { tokenName: "Another" } });
    expect(await verifyAudit(world.deps.db)).toMatchObject({ ok: false, brokenAtId: entries[0]?.id });
  });
});

describe("rolling back", () => {
  it("publishes the old content as a new number", async () => {
    await publish(first, null);
    await publish(second, 1);

    const { version } = await rollBackRules(admin, { to: 1, basedOn: 2 }, world.deps);

    expect(version).toMatchObject({ number: 3, rolledBackTo: 1, comment: "Roll back to v1", basedOn: 2 });
    expect(file()).toBe(first);
    expect((await world.deps.db.auditEntry.findFirst({ orderBy: { id: "desc" } }))?.action).toBe("rules.roll-back");
  });

  it("requires a number and refuses an empty body", async () => {
    await publish(first, null);
    await publish(second, 1);

    for (const body of [{}, { basedOn: 2 }, { to: null }]) {
      expect((await refusal(rollBackRules(admin, body, world.deps))).details).toMatchObject({
        fields: { to: expect.any(String) },
      });
    }
    expect((await latestRuleVersion(world.deps.db))?.number).toBe(2);
  });

  it("refuses the live content, an unknown number and a stale base", async () => {
    await publish(first, null);
    await publish(second, 1);

    await expectRefused(rollBackRules(admin, { to: 2 }, world.deps), "rules.unchanged");
    await expectRefused(rollBackRules(admin, { to: 99 }, world.deps), "not-found");
    await expectRefused(rollBackRules(admin, { to: 1, basedOn: 1 }, world.deps), "rules.changed-meanwhile");
  });
});

describe("pausing", () => {
  it("changes one word of the live text immediately, and back", async () => {
    await publish(first, null);

    const paused = await pauseRules(admin, { paused: true }, world.deps);

    expect(paused.version).toMatchObject({ number: 2, applies: "now", comment: "Pause all overrides" });
    expect(file()).toBe(first.replace("enabled = true # the switch", "enabled = false # the switch"));
    expect((await currentRules(admin, world.deps)).isPaused).toBe(true);
    await pauseRules(admin, { paused: false }, world.deps);
    expect(file()).toBe(first);
  });

  it("is never the target of a roll back without a number after overrides were resumed", async () => {
    const previous = async () => (await currentRules(admin, world.deps)).previous?.number ?? null;
    await publish(first, null);
    await publish(second, 1);
    await pauseRules(admin, { paused: true }, world.deps);
    expect(await previous(), "while paused, the version before the pause").toBe(2);
    await pauseRules(admin, { paused: false }, world.deps);
    expect(await previous(), "v4 repeats v2, so the one before v2").toBe(1);

    await rollBackRules(admin, { to: 1 }, world.deps);
    expect(await previous(), "v5 repeats v1").toBeNull();
    await pauseRules(admin, { paused: true }, world.deps);
    await publish(`${second}# edited while paused\n`, 6);
    expect(await previous(), "v7 is on again, v6 is a pause").toBe(5);
  });

  it("reports that overrides are paused already", async () => {
    await publish(first, null);
    await pauseRules(admin, { paused: true }, world.deps);

    await expectRefused(pauseRules(admin, { paused: true }, world.deps), "rules.unchanged");
  });
});

describe("reading the rules", () => {
  it("shows the live rules in match order, and whether the file matches", async () => {
    await publish(second, null);

    const { live, rules, file: fileState, previous } = await currentRules(admin, world.deps);

    expect(live?.number).toBe(1);
    expect(previous).toBeNull();
    expect(rules.map((rule) => [rule.form, rule.from])).toEqual([
      ["rule", "opus"],
      ["pair", "claude-sonnet-4-5-20250929"],
    ]);
    expect(fileState).toMatchObject({ state: "same", isReadOnly: false });
    writeFileSync(world.deps.config.rulesFile, "[[rule\n");
    const broken = (await currentRules(admin, world.deps)).file;
    expect(broken.state).toBe("broken");
    expect(broken.problems.length).toBeGreaterThan(0);
  });

  it("compares any two versions in words and lines", async () => {
    await publish(first, null);
    await publish(second, 1);

    const { changes, diff, from, to } = await compareVersions(admin, 1, 2, world.deps);

    expect([from.number, to.number]).toEqual([1, 2]);
    expect(changes).toEqual([{ kind: "added", text: expect.stringContaining("opus → sonnet-5-5") }]);
    expect(diff.addedLines).toBe(5);
    expect((await showVersion(admin, 1, world.deps)).toml).toBe(first);
    expect((await refusal(showVersion(admin, 9, world.deps))).code).toBe("not-found");
  });

  it("pages through the versions by number", async () => {
    await publish(first, null);
    await publish(second, 1);

    const newest = await listVersions(admin, { limit: 1 }, world.deps);
    const older = await listVersions(admin, { limit: "1", before: String(newest.next) }, world.deps);

    expect(newest).toMatchObject({ next: 2, versions: [{ number: 2 }] });
    expect(older).toMatchObject({ next: null, versions: [{ number: 1 }] });
  });

  it("previews a text without publishing it", async () => {
    await publish(first, null);

    const good = await previewRules(admin, { toml: second }, world.deps);
    const bad = await previewRules(
      admin,
      { toml: second.replace("claude-sonnet-5-5", "claude-nothing-9") },
      world.deps,
    );

    expect(good).toMatchObject({ isPublishable: true, live: 1, changes: [{ kind: "added" }] });
    expect(bad.isPublishable).toBe(false);
    expect(bad.problems).toEqual([expect.objectContaining({ code: "unknown-target", severity: "error" })]);
    expect(await versionNumbers()).toEqual([1]);
  });

  it.each([
    ["characters", "#".repeat(250_001)],
    ["lines", "\n".repeat(20_000)],
    ["rules", `[overrides]\nrules = [${'["a","claude-haiku-5-5"],'.repeat(2_001)}]`],
    [
      "tests beside its rules",
      `${'[[rule]]\nfrom = "a*"\nto = "claude-haiku-5-5"\n'.repeat(1_000)}${'[[test]]\nmodel = "b"\nexpect = "b"\n'.repeat(501)}`,
    ],
  ])("refuses a text of too many %s with one 400, in a preview and in a try", async (_what, toml) => {
    for (const asked of [
      () => previewRules(admin, { toml }, world.deps),
      () => tryRequest(admin, { model: "opus", toml }, world.deps),
    ]) {
      const problem: unknown = await asked().catch((reason) => reason);
      expect(problem).toMatchObject({ code: "request.invalid", details: { fields: { toml: expect.any(String) } } });
    }
  });

  it("bounds the preview of the largest text, and says what is left out", async () => {
    const toml = Array.from(
      { length: 2_000 },
      (_, at) => `[[rule]]\nfrmo${at} = "x"\nfrom = "a${at}"\nto = "claude-haikuu-5-5"\n\n`,
    ).join("");
    const preview = await previewRules(admin, { toml }, world.deps);

    expect(preview.diff.hunks.flatMap(({ rows }) => rows)).toHaveLength(2_000);
    expect(preview.diff).toMatchObject({ addedLines: 10_000, leftOutRows: 8_000 });
    expect(preview.changes).toHaveLength(1_001);
    expect(preview.changes.at(-1)?.text).toBe("1,000 more changes are not listed");
    expect(preview.problems).toContainEqual(
      expect.objectContaining({ code: "more", message: "1,900 more targets are not listed." }),
    );
    expect(JSON.stringify(preview).length).toBeLessThan(600_000);
  });

  it("explains the decision for a request, on the live rules and on a draft", async () => {
    await publish(first, null);
    const eve = await world.person("editor", "eve");
    const asked = { model: "claude-opus-5-5", person: eve.email };

    const live = await tryRequest(admin, asked, world.deps);
    const draft = await tryRequest(
      admin,
      { ...asked, toml: second.replace('note = "pilot"', `when = { person = ["${eve.id}"] }`) },
      world.deps,
    );

    expect(live.decision).toMatchObject({ kind: "pass", why: "no-rule", version: 1 });
    expect(draft.decision).toMatchObject({ kind: "override", served: "claude-sonnet-5-5", version: null });
    expect(draft.trace.at(-1)?.outcome).toBe("matched");
    expect((await refusal(tryRequest(admin, { ...asked, toml: "[[" }, world.deps))).code).toBe("rules.invalid");
  });

  it("accepts keys by id or name, headers, paths and titles, and refuses a credential as a header", async () => {
    const { key } = await issueProxyKey(admin, { name: "CI build" }, world.deps);
    const when = `key = "${key.id}", header = { x-stage = "beta" }, path_prefix = "/t/pay", title_like = true`;
    const toml = `[[rule]]\nfrom = "opus"\nto = "claude-haiku-5-5"\nwhen = { ${when} }`;
    const headers = { "X-Stage": "beta" };
    const asked = { model: "claude-opus-5-5", headers, path: "/t/pay/v1/messages", titleLike: true, toml };

    const byName = await tryRequest(admin, { ...asked, key: "CI build" }, world.deps);
    const unnamed = await tryRequest(admin, asked, world.deps);

    expect(byName.decision).toMatchObject({ kind: "override", served: "claude-haiku-5-5" });
    expect(unnamed.sentence).toContain(`proxy key is none, the rule asks for ${key.id}`);
    const withSecret = tryRequest(admin, { ...asked, headers: { Authorization: "Bearer x" } }, world.deps);
    expect((await refusal(withSecret)).code).toBe("request.invalid");
  });

  it("accepts the numbers that rules ask about, zero among them, and refuses what is none", async () => {
    const when = "max_prompt_tokens = 0, min_max_tokens = 64000";
    const toml = `[[rule]]\nfrom = "opus"\nto = "claude-haiku-5-5"\nwhen = { ${when} }`;
    const asked = { model: "claude-opus-5-5", promptTokens: 0, maxTokens: 64_000, toml };

    const met = await tryRequest(admin, asked, world.deps);
    const unsaid = await tryRequest(admin, { ...asked, maxTokens: null }, world.deps);

    expect(met.decision.kind).toBe("override");
    expect(unsaid.sentence).toContain("the request names no max_tokens, the rule asks for at least 64,000");
    const wrong = tryRequest(admin, { ...asked, maxTokens: 1.5 }, world.deps);
    expect((await refusal(wrong)).code).toBe("request.invalid");
  });
});

describe("names offered while a rule is written", () => {
  it("come from traffic, limits and keys, and are shown to everybody who may draft", async () => {
    const people = await onePersonPerRole(world);
    const key = { name: "CI", personId: null, project: "of-a-key", team: "of-a-key" } as const;
    await issueProxyKey(people.owner, key, world.deps);
    const limits = { ...NO_LIMITS, requestsPerMinute: 5 };
    for (const kind of ["team", "project"] as const) {
      await saveHolderLimits(world.deps.db, { kind, holder: "of-a-limit", limits }, world.deps.now());
    }
    const at = (day: string) => ({ startedAtMs: Date.parse(day), endedAtMs: Date.parse(day) });
    await world.record([
      makeEvent({ ...at("2026-11-20"), project: "of-traffic", team: "of-traffic" }),
      makeEvent({ ...at("2026-11-20"), team: null }),
      makeEvent({ ...at("2026-06-01"), project: "of-long-ago" }),
    ]);

    const names = await ruleNames(people.editor, world.deps);

    expect(names.projects).toEqual(["default", "of-a-key", "of-a-limit", "of-traffic", "website"]);
    expect(names.teams).toEqual(["of-a-key", "of-a-limit", "of-traffic"]);
    expect(names.keys).toEqual(["CI"]);
    expect(names.people).toContain(people.developer.email);
    expect(await ruleNames(people.viewer, world.deps)).toEqual({ projects: [], teams: [], people: [], keys: [] });
  });
});

describe("drafts", () => {
  it("keep a person's text, valid or not, until it is published or discarded", async () => {
    const other = await world.person("editor", "Eve");
    await saveDraft(admin, { toml: "[[half", basedOn: null }, world.deps);
    await saveDraft(other, { toml: first, basedOn: null }, world.deps);

    expect((await readDraft(admin, world.deps))?.toml).toBe("[[half");
    await publish(first, null);
    expect(await readDraft(admin, world.deps)).toBeNull();
    expect((await readDraft(other, world.deps))?.toml).toBe(first);
    await discardDraft(other, world.deps);
    expect(await readDraft(other, world.deps)).toBeNull();
  });

  it("say which headers their rules name, and raise the revision only where that changes", async () => {
    const naming = (header: string, more = "") =>
      `[[rule]]\nfrom = "claude-opus-5-5"\nto = "claude-haiku-5-5"\nwhen = { header = { ${header} = "a" } }\n${more}`;
    const other = await world.person("editor", "Eve");
    const revisions: number[] = [];
    const look = async () => {
      revisions.push(await readRevision(world.deps.db));
      return draftHeaderNames(world.deps.db);
    };
    const save = (actor: Actor, toml: string) => saveDraft(actor, { toml, basedOn: null }, world.deps);

    await save(other, naming("x-stage"));
    expect(await look()).toEqual(["x-stage"]);
    await save(admin, naming("x-ticket"));
    expect(await look()).toEqual(["x-stage", "x-ticket"]);
    // While a person types, the text has mistakes: nothing that was named is forgotten.
    await save(admin, naming("x-ticket", "[[half"));
    await save(admin, naming("authorization"));
    await save(admin, naming("x-ticket", "enabled = true # a comment\n"));
    expect(await look()).toEqual(["x-stage", "x-ticket"]);
    expect(revisions[2]).toBe(revisions[1]);
    await save(admin, naming("x-ticket", "enabled = false\n"));
    expect(await look()).toEqual(["x-stage"]);
    await discardDraft(other, world.deps);
    expect(await look()).toEqual([]);
    await save(admin, naming("x-ticket"));
    await publish(first, null);
    expect(await look()).toEqual([]);
    expect(new Set(revisions).size).toBe(5);

    await save(other, naming("x-stage"));
    await world.deps.db.ruleDraft.updateMany({ data: { headerNames: "cookie x-stage {" } });
    expect(await look()).toEqual(["x-stage"]);
  });

  it("survive a publish by a script of the same person", async () => {
    await saveDraft(admin, { toml: second, basedOn: null }, world.deps);

    await publishRules({ ...admin, via: "api" }, { toml: first, basedOn: null, comment: "By script" }, world.deps);

    expect((await readDraft(admin, world.deps))?.toml).toBe(second);
  });
});

describe("rules permissions", () => {
  it("let only owners, admins and the operator change what is live", async () => {
    await publish(first, null);
    const people = await onePersonPerRole(world);

    for (const role of ["editor", "viewer", "developer", "finance"] as const) {
      const text = { toml: second, basedOn: 1, comment: "No" };
      await expectRefused(publishRules(people[role], text, world.deps), "auth.forbidden");
      await expectRefused(rollBackRules(people[role], { to: 1 }, world.deps), "auth.forbidden");
      await expectRefused(pauseRules(people[role], { paused: true }, world.deps), "auth.forbidden");
    }
    await expectRefused(saveDraft(people.viewer, { toml: second, basedOn: 1 }, world.deps), "auth.forbidden");
    await expectRefused(previewRules(people.viewer, { toml: second }, world.deps), "auth.forbidden");
    expect((await saveDraft(people.editor, { toml: second, basedOn: 1 }, world.deps)).basedOn).toBe(1);

    const byOwner = await publishRules(people.owner, { toml: second, basedOn: 1, comment: "Yes" }, world.deps);
    const byOperator = await rollBackRules(operatorActor("root"), { to: 1 }, world.deps);
    expect([byOwner.version.number, byOperator.version]).toMatchObject([2, { number: 3, source: "cli" }]);
  });

  it("name the people who may", async () => {
    const viewer = await world.person("viewer");

    const access = await rulesAccess(viewer, world.deps);

    expect(access.publish).toBe("Only owners and admins publish: Ada.");
    expect((await rulesAccess(admin, world.deps)).publish).toBeNull();
  });

  it("hide figures from people who may not see totals", async () => {
    await publish(first, null);
    const developer = await world.person("developer");

    const { rules, statsDays } = await currentRules(developer, world.deps);

    expect(statsDays).toBeNull();
    expect(rules[0]?.stats).toBeNull();
    expect((await currentRules(admin, world.deps)).rules[0]?.stats).toMatchObject({ requests: 0 });
  });
});

describe("the audit log of rules", () => {
  it("prevents a publish that it cannot record", async () => {
    await publish(first, null);
    await world.deps.db.$executeRawUnsafe("ALTER TABLE audit_entry RENAME TO audit_entry_away");

    const { code } = await refusal(publish(second, 1));

    await world.deps.db.$executeRawUnsafe("ALTER TABLE audit_entry_away RENAME TO audit_entry");
    expect(code).toBe("audit.unwritable");
    expect(await versionNumbers()).toEqual([1]);
    expect(file()).toBe(first);
  });
});
