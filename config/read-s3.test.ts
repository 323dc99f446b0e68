import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { scratchFolder } from "#tests/support/scratch.ts";
import { readProxyEnv } from "./read-env.ts";
import { parseS3Address, readS3Settings } from "./read-s3.ts";

const KEYS = { CCO_S3_ACCESS_KEY_ID: "id", CCO_S3_SECRET_ACCESS_KEY: "hidden" };
const PLACE = "s3://our-backups/cco";

/** What the start says. */
function mistakesIn(env: Record<string, string>, place = PLACE): string[] {
  const reading = readProxyEnv({ CCO_BACKUP_FOLDER: place, ...env });
  return reading.ok ? [] : reading.mistakes.map(({ message }) => message);
}

const read = (env: Record<string, string>) =>
  readS3Settings({ env, mistake: (name) => expect.unreachable(name), warn: () => {} }, "--to", PLACE);

it.each([
  ["s3://our-backups", { bucket: "our-backups", prefix: "" }],
  ["s3://our-backups/", { bucket: "our-backups", prefix: "" }],
  ["s3://our-backups/cco", { bucket: "our-backups", prefix: "cco/" }],
  ["s3://our-backups/cco/west/", { bucket: "our-backups", prefix: "cco/west/" }],
  ["s3://a", null],
  ["s3://", null],
  ["s3:///cco", null],
  ["s3://our-backups//cco", null],
  ["s3://our-backups/../cco", null],
  ["s3://our backups/cco", null],
  ["s3://our-backups/cco?x=1", null],
  ["s3://id:hidden@our-backups/cco", null],
])("takes %s apart", (text, expected) => {
  expect(parseS3Address(text)).toEqual(expected);
});

it("puts the bucket into the path of storage that is named, and asks Amazon for the region's own address", () => {
  const own = { CCO_S3_ENDPOINT: "https://s3.example.com", CCO_S3_REGION: "garage", ...KEYS };

  expect(read(own)).toEqual({
    endpoint: new URL("https://s3.example.com"),
    region: "garage",
    credentials: { accessKeyId: "id", secretAccessKey: "hidden" },
    isPathStyle: true,
  });
  expect(read({ ...own, CCO_S3_PATH_STYLE: "0" })?.isPathStyle).toBe(false);
  expect(read({})).toEqual({ endpoint: null, region: "us-east-1", credentials: null, isPathStyle: false });
});

it("reads both halves of the key from files", () => {
  const folder = scratchFolder();
  for (const [name, value] of Object.entries(KEYS)) writeFileSync(join(folder, name), `${value}\n`, { mode: 0o600 });
  const env = Object.fromEntries(Object.keys(KEYS).map((name) => [`${name}_FILE`, join(folder, name)]));

  expect(read(env)?.credentials).toEqual({ accessKeyId: "id", secretAccessKey: "hidden" });
});

it.each([
  [{ CCO_S3_ENDPOINT: "http://s3.example.com", ...KEYS }, /would send backups in plain text: use https:\/\//],
  [{ CCO_S3_ENDPOINT: "s3.example.com", ...KEYS }, /must be a full address/],
  [{ CCO_S3_ENDPOINT: "https://id:hidden@s3.example.com", ...KEYS }, /must not contain a user name, password/],
  [{ CCO_S3_ENDPOINT: "https://s3.example.com" }, /^CCO_S3_ACCESS_KEY_ID and CCO_S3_SECRET_ACCESS_KEY .* must be set/],
  [{ CCO_S3_ACCESS_KEY_ID: "id" }, /^CCO_S3_SECRET_ACCESS_KEY \(or …_FILE\) must be set/],
  [{ CCO_S3_SECRET_ACCESS_KEY_FILE: "/not/there", CCO_S3_ACCESS_KEY_ID: "id" }, /CCO_S3_SECRET_ACCESS_KEY_FILE/],
  [{ CCO_S3_PATH_STYLE: "maybe", ...KEYS }, /CCO_S3_PATH_STYLE="maybe" must be 1 or 0/],
])("ends the start with %j in one sentence that shows no secret", (env, why) => {
  const mistakes = mistakesIn(env);

  expect(mistakes).toEqual([expect.stringMatching(why)]);
  expect(mistakes.join()).not.toContain("hidden");
});

it("ends the start where the place is no bucket, and asks for no storage where it is a folder", () => {
  expect(mistakesIn(KEYS, "s3://x")).toEqual([expect.stringMatching(/^CCO_BACKUP_FOLDER="s3:\/\/x" is no address/)]);
  expect(mistakesIn({ CCO_S3_ENDPOINT: "http://s3.example.com" }, "/mnt/backups")).toEqual([]);
});

it("allows plain text to this machine, and elsewhere where the operator says so", () => {
  expect(mistakesIn({ CCO_S3_ENDPOINT: "http://127.0.0.1:9000", ...KEYS })).toEqual([]);
  expect(mistakesIn({ CCO_S3_ENDPOINT: "http://minio:9000", CCO_S3_INSECURE: "1", ...KEYS })).toEqual([]);
});
