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
  "@x",
  "<@>",
  "a@",
  "a@b, c@d",
  "a@b, c@d <e@f>",
  "a@b..c",
  "a..b@c",
  ".a@b",
  "a@b.",
  "a@b@c",
  '"a"b@c',
  "a@b (c",
  "CCO (c <a@b>",
  "CCO <a@b,c@d>",
  "<a@b",
  "a@b>",
  "A: a@b;",
  "a b@c",
  "A\n<a@b>",
  "<<a@b>>",
])("refuses the sender %j, with and without a mail server", (from) => {
  expect(wrong({ ...SMTP, CCO_SMTP_FROM: from })).toEqual(["CCO_SMTP_FROM"]);
  expect(wrong({ CCO_SMTP_FROM: from })).toEqual(["CCO_SMTP_FROM"]);
});

it.each([
  ...[
    "cco@example.com",
    "cco+a.b@localhost",
    "<a@b>",
    "CCO <a@b>",
    "CCO<a@b>",
    '"A, B: \\"C\\"" <a@b>',
    "CCO (test) Inc. <a@b>",
  ],
  ...["Über <ü@exämple.de>", "a@[10.0.0.1]", "a@[IPv6:::1]", '"john doe"@example.com', 'CCO <"john doe"@example.com>'],
  ...["cco@example.com (CCO alerts)", "CCO <a@b> (alerts)", "(CCO) a@b", "a@b (x@y)", "A, B <a@b>", "a@b <c@d>"],
  ...['CCO "Alerts" <a@b>', '"" <a@b>', '"x@y, z" <a@b>'],
])("takes the sender %s, with spaces around it", (from) => {
  expect(readConsoleEnv({ ...SMTP, CCO_SMTP_FROM: ` ${from} ` }).alerts.smtpFrom).toBe(from);
});

it.each([
  ...[
    "secure=perhaps&port=abc",
    "port=25",
    "secure=true",
    "requireTLS=yes",
    "requireTLS",
    "host=other",
    "tls.ca=x",
    "name=",
  ],
  ...[
    "requireTLS=true&requireTLS=false",
    "__proto__=1",
    "connectionTimeout=10s",
    "maxMessages=-1",
    "localAddress=eth0",
  ],
  ...["tls.minVersion=2", "tls.ciphers=none", "tls.rejectUnauthorised=false", "tls.rejectUnauthorized=0"],
  ...[
    "proxy=socks5:%2F%2Fproxy",
    "service=gmail",
    "jsonTransport=true",
    "sendmail=true",
    "secured=true",
    "auth.user=a",
  ],
])("refuses a mail server with the parameters ?%s", (query) => {
  expect(wrong({ ...SMTP, CCO_SMTP_URL: `smtp://user:pass@mail:587/?${query}` })).toEqual(["CCO_SMTP_URL"]);
});

it.each([
  "smtp://mail/path",
  "smtp://mail#a",
  "smtp://user:12/3@mail:25",
  "smtp://user:12#3@mail",
  "smtp://user:12?key=3@mail",
  "smtps://mail?secure=false",
  "SMTPS://mail?secure=false",
  "smtp://mail?port=0",
])("refuses the mail server %s and shows no part of it", (url) => {
  const [mistake, ...others] = findConsoleMistakes({ ...SMTP, CCO_SMTP_URL: url });
  expect([mistake?.variable, others]).toEqual(["CCO_SMTP_URL", []]);
  expect(mistake?.message).not.toMatch(/mail[/#:?]|12|user:1|key/);
});

it.each([
  ...["smtp://mail", "smtp://mail:25/", "smtps://user:p%23%2Fss@mail.example.com:465", "smtp://[::1]:25"],
  ...["smtp://mail?requireTLS=true&tls.rejectUnauthorized=false&name=cco.example", "smtps://mail?secure=true"],
  ...[
    "smtp://mail?ignoreTLS=true&pool=true",
    "smtp://mail?secure=false&authMethod=PLAIN&tls.servername=mail.example.com",
  ],
  ...["SMTP://mail.example.com:587", "Smtps://mail.example.com", "smtp://mail?port=25", "smtp://mail?lmtp=true"],
  ...["smtp://mail?connectionTimeout=5000&greetingTimeout=5000&socketTimeout=60000&dnsTimeout=1000"],
  ...["smtp://mail?socketCloseTimeout=0&maxResponseSize=4096&localAddress=10.0.0.9&servername=mail.example.com"],
  ...["smtp://mail?pool=true&maxConnections=1&maxMessages=9&maxRequeues=0&idleTimeout=9&rateDelta=9&rateLimit=9"],
  ...["smtp://mail?allowInternalNetworkInterfaces=true&proxy=http%3A%2F%2Fproxy.example.com%3A3128"],
  ...["smtp://mail?tls.minVersion=TLSv1.2&tls.maxVersion=TLSv1.3&tls.ciphers=HIGH:!aNULL&tls.ecdhCurve=auto"],
  ...["smtp://mail?tls.honorCipherOrder=true&tls.sessionTimeout=300&tls.minDHSize=2048&tls.sigalgs=RSA-PSS%2BSHA256"],
])("takes the mail server %s", (url) => {
  expect(readConsoleEnv({ ...SMTP, CCO_SMTP_URL: url }).alerts.smtpUrl).toBe(url);
});

it.each([
  ...["https://idp.example/?a=b", "https://idp.example/?", "https://idp.example#a", "https://user:pass@idp.example"],
  ...[
    "https://idp.example/.well-known/openid-configuration",
    "https://idp.example/a/.well-known/openid-configuration/",
    "https://idp.example/.WELL-KNOWN/openid-configuration",
    "https://idp.example/a//",
    "https://idp.example//",
  ],
])("refuses the issuer %s", (issuer) => {
  expect(wrong({ ...OIDC, CCO_OIDC_ISSUER: issuer })).toEqual(["CCO_OIDC_ISSUER"]);
});

it.each([
  ["https://idp.example/realms/a/", "https://idp.example/realms/a"],
  [" https://idp.example:8443 ", "https://idp.example:8443"],
])("takes the issuer %j", (issuer, read) => {
  expect(readConsoleEnv({ ...OIDC, CCO_OIDC_ISSUER: issuer }).oidc?.issuer).toBe(read);
});

it.each([
  ["CCO_BACKUP_FOLDER", "CCO_BACKUP_EVERY_HOURS"],
  ["CCO_ARCHIVE_FOLDER", "CCO_KEEP_EVENTS_DAYS"],
])(
  "refuses a file, and a link that leads nowhere, as %s where %s is on, and takes a folder that is not there yet",
  (variable, needs) => {
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

    for (const name of ["file", "file/a", "file/a/b", "link", "link/a/b", "loop", "loop/a"])
      expect(read(name), name).toEqual([variable]);
    for (const name of ["sub", "sub/a", "a/b/c", "good-link", "good-link/a"]) expect(read(name), name).toEqual([]);
    expect(read("file", {})).toEqual([]);
  },
);

it.each(["https://bucket/x", "gs://bucket/x", "file:///mnt/x", "HTTPS://x", "azure+blob://x"])(
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
