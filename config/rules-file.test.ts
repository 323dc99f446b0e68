import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  isRulesFileWritable,
  type RulesFileContent,
  readRulesFile,
  watchRulesFile,
  writeRulesFile,
} from "./rules-file.ts";

const now = new Date("2026-11-22T14:05:09Z");
let directory = "";
let file = "";

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "cco-rules-"));
  file = path.join(directory, "model-overrides.toml");
  writeFileSync(file, "old", { mode: 0o640 });
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe("writing the rules file", () => {
  it("keeps the old content beside it, and its mode", () => {
    const { backupPath } = writeRulesFile(file, "new", now);

    expect(readFileSync(file, "utf8")).toBe("new");
    expect(path.basename(backupPath ?? "")).toBe("model-overrides.toml.backup.20261122-140509");
    expect(readFileSync(backupPath ?? "", "utf8")).toBe("old");
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(readdirSync(directory)).toHaveLength(2);
  });

  it("never overwrites a backup", () => {
    for (const text of ["1", "2", "3"]) writeRulesFile(file, text, now);

    const backup = (suffix: string) => readFileSync(`${file}.backup.20261122-140509${suffix}`, "utf8");
    expect([backup(""), backup("-2"), backup("-3")]).toEqual(["old", "1", "2"]);
  });

  it("makes a file that was not there, without a backup", () => {
    rmSync(file);

    expect(writeRulesFile(file, "new", now)).toEqual({ backupPath: null });
    expect(statSync(file).mode & 0o777).toBe(0o644);
  });

  it("replaces the inode, so a reader that has it open keeps the old text", () => {
    const before = statSync(file).ino;

    writeRulesFile(file, "new", now);

    expect(statSync(file).ino).not.toBe(before);
  });

  it("writes through a symbolic link and leaves the link", () => {
    const link = path.join(directory, "link.toml");
    symlinkSync(file, link);

    writeRulesFile(link, "new", now);

    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(file, "utf8")).toBe("new");
  });

  it("throws and leaves everything as it was when the place is gone", () => {
    expect(() => writeRulesFile(path.join(directory, "missing", "x.toml"), "new", now)).toThrow();
    expect(readdirSync(directory)).toEqual(["model-overrides.toml"]);
  });

  it("announces that writing is impossible where the folder does not exist or is no directory", () => {
    expect(isRulesFileWritable(file)).toBe(true);
    expect(isRulesFileWritable(path.join(directory, "new.toml"))).toBe(true);
    expect(isRulesFileWritable(path.join(directory, "missing", "x.toml"))).toBe(false);
    expect(isRulesFileWritable(path.join(file, "x.toml"))).toBe(false);
  });

  it.skipIf(process.getuid?.() === 0)("is announced as impossible without permission", () => {
    chmodSync(file, 0o440);
    expect(isRulesFileWritable(file)).toBe(false);
    chmodSync(file, 0o640);
    chmodSync(directory, 0o550);
    expect(isRulesFileWritable(file)).toBe(false);
    chmodSync(directory, 0o750);
  });
});

describe("reading the rules file", () => {
  it("answers what is there, or what stands in the way", () => {
    expect(readRulesFile(file)).toEqual({ kind: "found", text: "old" });
    expect(readRulesFile(path.join(directory, "missing.toml"))).toEqual({ kind: "missing" });
    expect(readRulesFile(path.join(file, "below"))).toEqual({ kind: "missing" });
    expect(readRulesFile(directory)).toEqual({ kind: "unreadable", reason: "it is not a file" });

    writeFileSync(file, Buffer.from([0xff, 0xfe, 0x00]));
    expect(readRulesFile(file)).toEqual({ kind: "unreadable", reason: "it is not UTF-8 text" });
    writeFileSync(file, "x".repeat(1_048_577));
    expect(readRulesFile(file)).toEqual({ kind: "unreadable", reason: "it is larger than 1 MB" });
  });
});

describe("watching the rules file", () => {
  let seen: string[] = [];
  let stop = () => {};
  const report = (content: RulesFileContent) => void seen.push(content.kind === "found" ? content.text : content.kind);
  const until = (expected: string[]) =>
    vi.waitFor(() => expect(seen).toEqual(expected), { timeout: 10_000, interval: 20 });

  beforeEach(() => {
    seen = [];
  });
  afterEach(() => stop());

  it("reports edits in place, replacements, removal and return, each once", async () => {
    stop = watchRulesFile(file, report);

    writeFileSync(file, "edited");
    await until(["edited"]);
    writeFileSync(`${file}.new`, "replaced");
    renameSync(`${file}.new`, file);
    await until(["edited", "replaced"]);
    writeRulesFile(file, "published", now);
    await until(["edited", "replaced", "published"]);
    rmSync(file);
    await until(["edited", "replaced", "published", "missing"]);
    writeFileSync(file, "back");
    await until(["edited", "replaced", "published", "missing", "back"]);
  });

  it("ignores a touch and neighbouring files, and reports a change from before it began", async () => {
    stop = watchRulesFile(file, report, { kind: "found", text: "what the caller had read" });
    await until(["old"]);

    writeFileSync(file, "old");
    writeFileSync(path.join(directory, "other.toml"), "other");
    writeFileSync(file, "next");

    await until(["old", "next"]);
  });

  it("follows a link that is switched to another directory, as mounted configuration does", async () => {
    const data = path.join(directory, "..data");
    for (const version of ["v1", "v2"]) {
      mkdirSync(path.join(directory, version));
      writeFileSync(path.join(directory, version, "rules.toml"), version);
    }
    symlinkSync("v1", data);
    symlinkSync("..data/rules.toml", path.join(directory, "mounted.toml"));
    stop = watchRulesFile(path.join(directory, "mounted.toml"), report);

    symlinkSync("v2", `${data}.tmp`);
    renameSync(`${data}.tmp`, data);

    await until(["v2"]);
  });

  it("waits for a directory that is not there yet", async () => {
    const late = path.join(directory, "late", "rules.toml");
    stop = watchRulesFile(late, report);

    mkdirSync(path.dirname(late));
    writeFileSync(late, "here");

    await until(["here"]);
  });
});
