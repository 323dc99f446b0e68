// Long because every way to sign in, and what ends a session, is tried on one world of people.

import { encode } from "next-auth/jwt";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readCaller } from "#app/_server/actor.ts";
import { sessionCookieName, sessionSecret } from "#app/_server/session.ts";
import { checkSession } from "#control/session/check-session.ts";
import { isCommonPassword } from "#control/session/common-passwords.ts";
import { hashPassword, needsRehash, passwordProblem, verifyPassword } from "#control/session/password.ts";
import { endSession, listOwnSessions, listPersonSessions } from "#control/session/sessions.ts";
import { signIn } from "#control/session/sign-in.ts";
import { signInByIdentity } from "#control/session/sign-in-by-identity.ts";
import { signOut, signOutEverywhere, signOutPerson } from "#control/session/sign-out.ts";
import { reserveAttempt } from "#control/session/throttle.ts";
import { findInvite } from "#control/team/accept-invite.ts";
import { changeOwnPassword } from "#control/team/change-own-password.ts";
import { changeRole } from "#control/team/change-role.ts";
import { disablePerson } from "#control/team/disable.ts";
import { invite } from "#control/team/invite.ts";
import { issuePasswordReset, usePasswordReset } from "#control/team/reset-password.ts";
import { type ControlWorld, goodPassword, makeControlWorld } from "#tests/support/control-world.ts";

let world: ControlWorld;
beforeEach(async () => {
  world = await makeControlWorld();
});
afterEach(() => world.end());

const minute = 60_000;
const here = "192.0.2.7";
const attempt = (email: string, password: string, address = here) => signIn({ email, password }, address, world.deps);
const auditActions = async () => (await world.deps.db.auditEntry.findMany()).map((entry) => entry.action);

describe("signing in", () => {
  it("answers unknown, disabled and password-less people exactly like a wrong password", async () => {
    const owner = await world.person("owner");
    const gone = await world.person("viewer", "gone");
    await disablePerson(owner, gone.id, world.deps);
    const oidcOnly = await world.person("viewer", "oidc");
    await world.deps.db.person.update({ where: { id: oidcOnly.id }, data: { passwordHash: null } });

    const refusals = [];
    for (const [email, password] of [
      [owner.email, "not the password at all"],
      ["unknown@example.com", goodPassword],
      [gone.email, goodPassword],
      [oidcOnly.email, goodPassword],
    ] as const) {
      refusals.push(await attempt(email, password).catch(({ code, message, details }) => ({ code, message, details })));
    }

    expect(new Set(refusals.map((refusal) => JSON.stringify(refusal))).size).toBe(1);
    expect(refusals[0]).toMatchObject({ code: "auth.required" });
  });

  it("locks an account at the eleventh attempt for the guessing address, not for its owner elsewhere", async () => {
    const owner = await world.person("owner");
    for (let n = 0; n < 10; n += 1)
      await expect(attempt(owner.email, `wrong ${n}`)).rejects.toMatchObject({ code: "auth.required" });

    await expect(attempt(owner.email, goodPassword)).rejects.toMatchObject({
      code: "auth.too-many-attempts",
      details: { retryAfterS: 600 },
    });
    expect((await attempt(owner.email, goodPassword, "192.0.2.200")).id).toBe(owner.id);
    expect(await auditActions()).toContain("session.locked");

    world.wait(10 * minute + 1);
    expect((await attempt(owner.email, goodPassword)).id).toBe(owner.id);
  });

  it("locks unknown accounts alike, and longer each time in a row", async () => {
    const lock = async () => {
      for (let n = 0; n < 10; n += 1) await attempt("unknown@example.com", "wrong").catch(() => undefined);
      return attempt("unknown@example.com", "wrong").catch((error) => error.details.retryAfterS);
    };

    expect(await lock()).toBe(600);
    world.wait(10 * minute + 1);
    expect(await lock()).toBe(1200);
  });

  it("counts a thousand concurrent attempts without letting one through", async () => {
    const owner = await world.person("owner");

    const outcomes = await Promise.allSettled(
      Array.from({ length: 200 }, (_, n) => attempt(owner.email, `wrong ${n}`)),
    );

    const codes = outcomes.map((outcome) => (outcome.status === "rejected" ? outcome.reason.code : "in"));
    expect(codes.filter((code) => code === "auth.required").length).toBeLessThanOrEqual(10);
    expect(codes.every((code) => code === "auth.required" || code === "auth.too-many-attempts")).toBe(true);
  });

  it("counts all addresses of one IPv6 network, and both spellings of an IPv4 address, together", async () => {
    for (let n = 0; n < 30; n += 1)
      await attempt(`guess${n}@example.com`, "wrong", `2001:db8:1:2::${n.toString(16)}`).catch(() => {});
    const locked = { code: "auth.too-many-attempts" };
    await expect(attempt("another@example.com", "wrong", "2001:db8:1:2:ffff::1")).rejects.toMatchObject(locked);
    await expect(attempt("another@example.com", "wrong", "2001:db8:1:3::1")).rejects.not.toMatchObject(locked);
    for (let n = 0; n < 30; n += 1)
      await attempt(`guess${n}@example.com`, "wrong", n % 2 ? here : `::ffff:${here}`).catch(() => {});
    await expect(attempt("another@example.com", "wrong")).rejects.toMatchObject(locked);

    const entries = await world.deps.db.auditEntry.findMany({ where: { action: "session.locked" } });
    expect(JSON.stringify(entries)).toContain("2001:db8:1:2::1d");
  });

  it("counts the networks of one IPv6 site together: 300 wrong sign-ins in ten minutes lock it, and no other", async () => {
    const reserve = (address: string, n: number) =>
      reserveAttempt({ email: `guess${n}@example.com`, address }, world.deps);
    for (let n = 0; n < 300; n += 1) await reserve(`2001:db8:1:${(n % 100).toString(16)}::1`, n);

    await expect(reserve("2001:db8:1:ffff::1", 300)).rejects.toMatchObject({ code: "auth.too-many-attempts" });
    await expect(reserve("2001:db8:2:1::1", 300)).resolves.toBeDefined();
  });

  it("locks an address that tries many accounts, also across processes", async () => {
    for (let n = 0; n < 30; n += 1) await attempt(`person${n}@example.com`, "wrong").catch(() => undefined);

    await expect(attempt("another@example.com", "wrong")).rejects.toMatchObject({ code: "auth.too-many-attempts" });
    const stored = await world.deps.db.signInThrottle.findMany();
    expect(stored.some((row) => row.lockedUntil !== null)).toBe(true);
    expect(JSON.stringify(stored)).not.toContain("example.com");
  });

  it("resets an account's failures after the right password", async () => {
    const owner = await world.person("owner");
    for (let round = 0; round < 3; round += 1) {
      for (let n = 0; n < 9; n += 1) await attempt(owner.email, "wrong").catch(() => undefined);
      world.wait(11 * minute);
      expect((await attempt(owner.email, goodPassword)).id).toBe(owner.id);
    }
  });

  it("refuses objects where text is expected", async () => {
    await expect(signIn({ email: { not: "" }, password: { not: "" } }, here, world.deps)).rejects.toMatchObject({
      code: "request.invalid",
    });
  });
});

describe("a password", () => {
  it("is stored as argon2id at or above the minimum parameters, and the hash is not accepted as a password", async () => {
    const hash = await hashPassword(goodPassword);

    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await verifyPassword(hash, goodPassword)).toBe(true);
    expect(await verifyPassword(hash, hash)).toBe(false);
    expect(await verifyPassword(null, goodPassword)).toBe(false);
    expect(needsRehash(hash)).toBe(false);
    expect(needsRehash("$argon2id$v=19$m=4096,t=1,p=1$c2FsdA$aGFzaA")).toBe(true);
  });

  it.each([
    "short",
    "password1234",
    "P@ssw0rd!2026",
    "qwertyuiop12",
    "1q2w3e4r5t6y",
    "123456789012",
    "aaaaaaaaaaaa",
    "letmein!letmein!",
    "adminwelcome1",
  ])("is refused when it is easy to guess: %s", (password) => {
    expect(passwordProblem(password)).not.toBeNull();
  });

  it("is refused when it is the person's own name or address", () => {
    expect(isCommonPassword("Lovelace1815!", ["ada.lovelace@example.com"])).toBe(true);
  });

  it.each([
    "ada.lovelace@example.com1",
    "ADA.LOVELACE@EXAMPLE.COM",
    "2026ada.lovelace@example.com!!",
    "4da.l0velace@example.com",
    "ada.lovelace@example.de",
    "Ada Lovelace, Example 7",
    "lovelacelovelace12",
    "ada_lovelace_password",
    "exampleLovelace42",
    "mailto:ada.lovelace@example.com",
    "ada dot lovelace at example dot com",
    "ada_dot_lovelace_at_example_dot_com",
    "ádà.lôvelace@exämple.com",
  ])("T37: is refused when it is the person's address or name with digits, signs or a common word: %s", (password) => {
    expect(passwordProblem(password, ["ada.lovelace@example.com", "Ada Lovelace"])).not.toBeNull();
  });

  it("is accepted when a person's name is one word of several", () => {
    expect(passwordProblem("ada walks seven harbours", ["ada.lovelace@example.com", "Ada Lovelace"])).toBeNull();
  });

  it.each([goodPassword, "tr7-Kd9.wq2_Lm5x", "пятнадцать синих коров"])(
    "is accepted when it is long and uncommon: %s",
    (password) => {
      expect(passwordProblem(password, ["ada@example.com"])).toBeNull();
    },
  );

  it("is rehashed at the next sign-in when its parameters are weaker than today's", async () => {
    const owner = await world.person("owner");
    const { hash } = await import("@node-rs/argon2");
    const weak = await hash(goodPassword, { algorithm: 2, memoryCost: 8192, timeCost: 1, parallelism: 1 });
    await world.deps.db.person.update({ where: { id: owner.id }, data: { passwordHash: weak } });

    await attempt(owner.email, goodPassword);

    const stored = await world.deps.db.person.findUnique({ where: { id: owner.id } });
    expect(stored?.passwordHash).toContain("m=19456,t=2");
  });
});

describe("a sign-in session", () => {
  const issueCookie = async (email: string) => {
    const { id, sessionVersion, sessionId } = await attempt(email, goodPassword);
    return encode({ token: { sub: id, sessionId, sessionVersion }, secret: sessionSecret(world.deps) });
  };
  const callerWith = (cookie: string) =>
    readCaller(new Headers(), world.deps, (name) => (name === sessionCookieName(world.deps) ? cookie : undefined));

  it.each([
    ["disabling the person", (owner, person) => disablePerson(owner, person.id, world.deps)],
    ["changing the role", (owner, person) => changeRole(owner, person.id, { role: "finance" }, world.deps)],
    [
      "changing the password",
      (_owner, person) =>
        changeOwnPassword(person, { current: goodPassword, password: "another six lanterns" }, world.deps),
    ],
    ["signing out everywhere", (_owner, person) => signOutEverywhere(person, {}, world.deps)],
    ["being signed out by an admin", (owner, person) => signOutPerson(owner, person.id, {}, world.deps)],
    [
      "resetting the password",
      async (owner, person) => {
        const { path } = await issuePasswordReset(owner, person.id, world.deps);
        const token = path.split("/").at(-1);
        await usePasswordReset({ token, password: "another six lanterns" }, null, world.deps);
      },
    ],
  ] as [string, (owner: Awaited<ReturnType<ControlWorld["person"]>>, person: typeof owner) => Promise<unknown>][])(
    "ends at the next request after %s",
    async (_name, change) => {
      const owner = await world.person("owner");
      const person = await world.person("editor");
      const cookie = await issueCookie(person.email);
      expect((await callerWith(cookie)).actor?.id).toBe(person.id);

      await change(owner, person);

      expect((await callerWith(cookie)).actor).toBeNull();
    },
  );

  it("T34: ends alone when its own browser signs out, and the person's other browser stays signed in", async () => {
    const person = await world.person("editor");
    const [laptop, phone] = [await issueCookie(person.email), await issueCookie(person.email)];
    const { actor } = await callerWith(laptop);
    if (!actor) throw new Error("not signed in");

    await signOut(actor, world.deps);

    expect((await callerWith(laptop)).actor).toBeNull();
    expect((await callerWith(phone)).actor?.id).toBe(person.id);
    expect(await auditActions()).toContain("session.sign-out");
  });

  it("T34: is listed with browser, address and last use, and can be ended from another one", async () => {
    const person = await world.person("editor");
    const firefox = await signIn({ email: person.email, password: goodPassword }, here, world.deps, "Firefox on Linux");
    world.wait(minute);
    const cookie = await issueCookie(person.email);
    const { actor } = await callerWith(cookie);
    if (!actor) throw new Error("not signed in");

    const listed = await listOwnSessions(actor, world.deps);
    expect(listed).toEqual([
      expect.objectContaining({ browser: null, isCurrent: true, lastSeenAt: "2026-11-22T12:01:00.000Z" }),
      expect.objectContaining({ id: firefox.sessionId, browser: "Firefox on Linux", address: here, isCurrent: false }),
    ]);
    await endSession(actor, firefox.sessionId, world.deps);

    expect((await listOwnSessions(actor, world.deps)).map(({ id }) => id)).toEqual([actor.sessionId]);
  });

  it("records its last use once a minute and expires after seven days of any use", async () => {
    const person = await world.person("editor");
    const cookie = await issueCookie(person.email);
    const { actor } = await callerWith(cookie);
    if (!actor) throw new Error("not signed in");
    const lastSeen = async () => (await listOwnSessions(actor, world.deps))[0]?.lastSeenAt;

    world.wait(minute / 2);
    await callerWith(cookie);
    expect(await lastSeen()).toBe("2026-11-22T12:00:00.000Z");
    world.wait(minute);
    await callerWith(cookie);
    expect(await lastSeen()).toBe("2026-11-22T12:01:30.000Z");

    world.wait(7 * 24 * 60 * minute);
    expect((await callerWith(cookie)).actor).toBeNull();
    await attempt(person.email, goodPassword);
    expect(await world.deps.db.signInSession.count()).toBe(1);
  });

  it("of another person is hidden from people and may be ended by an admin, an owner's by owners only", async () => {
    const [owner, admin, editor, viewer] = [
      await world.person("owner"),
      await world.person("admin"),
      await world.person("editor"),
      await world.person("viewer"),
    ];
    const session = async (person: typeof owner) => (await attempt(person.email, goodPassword)).sessionId;
    const [ofOwner, ofEditor] = [await session(owner), await session(editor)];

    await expect(endSession(viewer, ofEditor, world.deps)).rejects.toMatchObject({ code: "not-found" });
    await expect(endSession(admin, ofOwner, world.deps)).rejects.toMatchObject({ code: "auth.forbidden" });
    await expect(listPersonSessions(viewer, editor.id, world.deps)).rejects.toMatchObject({ code: "auth.forbidden" });
    await expect(signOutPerson(admin, owner.id, {}, world.deps)).rejects.toMatchObject({ code: "auth.forbidden" });
    expect(await listPersonSessions(admin, editor.id, world.deps)).toHaveLength(1);
    await endSession(admin, ofEditor, world.deps);

    expect(await listPersonSessions(admin, editor.id, world.deps)).toEqual([]);
    expect((await world.deps.db.auditEntry.findFirst({ orderBy: { id: "desc" } }))?.action).toBe("session.end");
  });

  it("is not opened by a cookie without a session id, as older releases issued", async () => {
    const person = await world.person("editor");
    const old = await encode({ token: { sub: person.id, sessionVersion: 1 }, secret: sessionSecret(world.deps) });

    expect((await callerWith(old)).actor).toBeNull();
  });

  it("is not opened by a forged, foreign or empty cookie", async () => {
    const person = await world.person("editor");
    const foreign = await encode({
      token: { sub: person.id, sessionVersion: 1 },
      secret: "another secret of enough characters",
    });

    for (const cookie of [foreign, "", "null", `{"sub":"${person.id}","sessionVersion":1}`]) {
      expect((await callerWith(cookie)).actor).toBeNull();
    }
  });

  it("has the current role, not the one at sign-in", async () => {
    const person = await world.person("editor");
    await world.deps.db.person.update({ where: { id: person.id }, data: { role: "viewer" } });

    const { id: personId, sessionVersion, sessionId } = await attempt(person.email, goodPassword);
    const actor = await checkSession(
      { sessionId, personId, sessionVersion },
      { via: "console", address: null },
      world.deps,
    );

    expect(actor?.role).toBe("viewer");
  });
});

describe("signing in by an identity provider", () => {
  const claims = { provider: "https://id.example.com", subject: "s-1", isEmailVerified: true, name: "Grace" };

  it("links a verified address once, then recognises the subject after a change of address", async () => {
    await world.person("owner");
    const person = await world.person("editor");

    const first = await signInByIdentity({ ...claims, email: person.email.toUpperCase() }, here, world.deps);
    const second = await signInByIdentity({ ...claims, email: "renamed@example.com" }, here, world.deps);

    expect([first.id, second.id]).toEqual([person.id, person.id]);
  });

  it("refuses unverified addresses and strangers, and cannot set up CCO", async () => {
    const early = signInByIdentity({ ...claims, email: "grace@example.com" }, here, world.deps);
    await expect(early).rejects.toMatchObject({ code: "auth.required" });
    const person = await world.person("owner");

    const unverified = signInByIdentity({ ...claims, email: person.email, isEmailVerified: false }, here, world.deps);
    await expect(unverified).rejects.toMatchObject({ code: "auth.required" });
    const stranger = signInByIdentity({ ...claims, email: "grace@example.com" }, here, world.deps);
    await expect(stranger).rejects.toMatchObject({ code: "auth.required" });
    expect(await world.deps.db.person.count()).toBe(1);
  });

  it("accepts a live invitation once, but never creates an owner", async () => {
    const owner = await world.person("owner");
    const offer = (email: string, role: string) => invite(owner, { email, role, name: "Grace H." }, world.deps);
    const comeIn = (subject: string) =>
      signInByIdentity({ ...claims, subject, email: `${subject}@example.com` }, here, world.deps);
    const { path } = await offer("grace@example.com", "finance");
    await offer("late@example.com", "viewer");
    await offer("eve@example.com", "owner");

    const made = await comeIn("grace");
    const eve = comeIn("eve");
    await expect(eve).rejects.toMatchObject({ details: { why: "owner-by-link" } });
    world.wait(73 * 60 * minute);
    const late = comeIn("late");
    await expect(late).rejects.toMatchObject({ details: { why: "not-invited" } });

    expect(await world.deps.db.person.findUnique({ where: { id: made.id } })).toMatchObject({
      role: "finance",
      name: "Grace H.",
    });
    expect(await findInvite(path.replace("/invite/", ""), world.deps)).toBeNull();
    expect(await world.deps.db.person.count()).toBe(2);
  });

  it("gives newcomers the configured role, never owner", async () => {
    await world.person("owner");
    const oidc = {
      issuer: "https://id.example.com",
      clientId: "cco",
      clientSecret: "s",
      name: "ID",
      defaultRole: "viewer",
    };
    const withRole = (defaultRole: string) => ({
      ...world.deps,
      config: { ...world.deps.config, oidc: { ...oidc, defaultRole } },
    });

    const made = await signInByIdentity({ ...claims, email: "grace@example.com" }, here, withRole("viewer"));
    const owner = signInByIdentity({ ...claims, subject: "s-2", email: "eve@example.com" }, here, withRole("owner"));

    expect((await world.deps.db.person.findUnique({ where: { id: made.id } }))?.role).toBe("viewer");
    await expect(owner).rejects.toMatchObject({ code: "auth.required" });
  });
});
