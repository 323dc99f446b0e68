import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { Env } from "./env-values.ts";
import { findConsoleMistakes, readConsoleEnv } from "./read-console-env.ts";
import { readServerEnv } from "./read-server-env.ts";

const SMTP = { CCO_SMTP_URL: "smtp://mail.example.com", CCO_SMTP_FROM: "cco@example.com" };
const OIDC = { CCO_OIDC_ISSUER: "https://idp.example", CCO_OIDC_CLIENT_ID: "cco", CCO_OIDC_CLIENT_SECRET: "secret" };
const wrong = (env: Env) => findConsoleMistakes(env).map(({ variable }) => variable);

it.each([
  ...["@x", "<@>", "a@", "a@b, c@d", "a@b, c@d <e@f>", "the proxy", "CCO (c <a@b>", "a@b>", "G: a@b, c@d;", " ", "CCO"],
])("refuses the sender %j beside a mail server alone", (from) => {
  expect(wrong({ ...SMTP, CCO_SMTP_FROM: from })).toEqual(["CCO_SMTP_FROM"]);
  expect(wrong({ CCO_SMTP_FROM: from })).toEqual([]);
});

it.each([
  ...["cco@example.com", "cco+a.b@localhost", "<a@b>", "CCO <a@b>", "CCO<a@b>", "CCO (test) Inc. <a@b>", "A, B <a@b>"],
  ...['"A, B: \\"C\\"" <a@b>', "Über <ü@exämple.de>", "a@[10.0.0.1]", "a@[IPv6:::1]", '"john doe"@example.com'],
  ...["cco@example.com (CCO alerts)", "CCO <a@b> (alerts)", "(CCO) a@b", "a@b <c@d>", '"x@y, z" <a@b>', "A: a@b;"],
  ...["CCO @ Acme <cco@example.com>", "CCO < cco@example.com>", "CCO (a (b)) <cco@example.com>", "a@b..c", "a b@c"],
])("takes the sender %s, with spaces around it", (from) => {
  expect(readConsoleEnv({ ...SMTP, CCO_SMTP_FROM: ` ${from} ` }).alerts.smtpFrom).toBe(from);
});

it.each([
  ...["mail.example.com", "https://mail", "smtp:mail", "smtp://", "smtp://mail:12port", "smtp://:25", "smtp://%zz"],
  "smtp://[::1",
])("refuses the mail server %s and shows no part of it", (url) => {
  const [mistake, ...others] = findConsoleMistakes({ ...SMTP, CCO_SMTP_URL: url });
  expect([mistake?.variable, others]).toEqual(["CCO_SMTP_URL", []]);
  expect(mistake?.message).not.toMatch(/12|::1|zz/);
});

it.each([
  ...["https://idp.example/?a=b", "https://idp.example/?", "https://idp.example#a", "https://user:pass@idp.example"],
  ...[
    "https://idp.example/.well-known/openid-configuration",
    "https://idp.example/a/.well-known/openid-configuration/",
    "https://idp.example/.WELL-KNOWN/openid-configuration",
  ],
])("refuses the issuer %s", (issuer) => {
  expect(wrong({ ...OIDC, CCO_OIDC_ISSUER: issuer })).toEqual(["CCO_OIDC_ISSUER"]);
});

it.each([
  ["https://idp.example/realms/a/", "https://idp.example/realms/a"],
  ["https://idp.example/a//", "https://idp.example/a/"],
  [" https://idp.example:8443 ", "https://idp.example:8443"],
])("takes the issuer %j", (issuer, read) => {
  expect(readConsoleEnv({ ...OIDC, CCO_OIDC_ISSUER: issuer }).oidc?.issuer).toBe(read);
});

it("reads the client's secret only beside an issuer", () => {
  const env = { CCO_OIDC_CLIENT_SECRET: "a", CCO_OIDC_CLIENT_SECRET_FILE: "/nowhere/secret" };

  expect(wrong(env)).toEqual([]);
  expect(wrong({ CCO_OIDC_CLIENT_SECRET_FILE: "/nowhere/secret" })).toEqual([]);
  expect(wrong({ ...OIDC, ...env })).toContain("CCO_OIDC_CLIENT_SECRET");
});

it.each([
  ["CCO_BACKUP_FOLDER", "CCO_BACKUP_EVERY_HOURS", ["sub/a", "a/b/c", "good-link/a"]],
  ["CCO_ARCHIVE_FOLDER", "CCO_KEEP_EVENTS_DAYS", ["sub/a", "a/b/c", "good-link/a"]],
])(
  "refuses a file as %s where %s is on, warns of a link that leads nowhere, and of what CCO does not make: %j",
  (variable, needs, away) => {
    const folder = mkdtempSync(join(tmpdir(), "cco-folder-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "file"), "");
    mkdirSync(join(folder, "sub"));
    symlinkSync(join(folder, "gone"), join(folder, "link"));
    symlinkSync("loop", join(folder, "loop"));
    symlinkSync("sub", join(folder, "good-link"));
    const read = (name: string, more: Env = { [needs]: "1" }) => {
      const reading = readServerEnv({ CCO_DATA_DIR: folder, [variable]: join(folder, name), ...more });
      return reading.ok ? [...reading.settings.warnings] : reading.mistakes.map((mistake) => mistake.variable);
    };

    for (const name of ["file", "file/a", "file/a/b"]) expect(read(name), name).toEqual([variable]);
    for (const name of ["link", "link/a/b", "loop", "loop/a"])
      expect(read(name), name).toEqual([
        expect.stringMatching(`${variable}=.* a link that leads nowhere.*: mount its disk`),
      ]);
    for (const name of ["sub", "sub/a", "a/b/c", "good-link", "good-link/a"])
      expect(read(name), name).toEqual(away.includes(name) ? [expect.stringMatching("does not exist: mount")] : []);
    expect(read("file", {})).toEqual([]);
  },
);

it.each(["https://bucket/x", "gs://bucket/x", "file:///mnt/x", "HTTPS://x", "azure+blob://x", "file:/mnt/x"])(
  "refuses the folder %s",
  (place) => {
    for (const variable of ["CCO_BACKUP_FOLDER", "CCO_ARCHIVE_FOLDER", "CCO_DATA_DIR"]) {
      const reading = readServerEnv({ [variable]: place });
      expect(reading.ok ? [] : reading.mistakes.map((one) => one.variable)).toEqual([variable]);
    }
    for (const variable of ["CCO_ARCHIVE_FOLDER", "CCO_DATA_DIR"])
      expect(wrong({ [variable]: place })).toEqual([variable]);
    expect(readConsoleEnv({ CCO_BACKUP_FOLDER: place }).backups.bucket).toMatchObject({ ok: false });
  },
);

it("refuses a bucket as the folder of the archive", () => {
  expect(wrong({ CCO_ARCHIVE_FOLDER: "s3://bucket/x" })).toEqual(["CCO_ARCHIVE_FOLDER"]);
});
