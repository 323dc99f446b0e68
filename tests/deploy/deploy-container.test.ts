import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { KILL_AFTER_HARD_STOP_MS, LAST_CHILD_WITHIN_MS } from "#cli/supervisor.ts";
import { INTEGER_BOUNDS } from "#config/environment.ts";
import { findNodeSupport } from "#core/node-support.ts";
import { type Mock, startMock } from "#mock/server.ts";
import { filesOfContext, readDockerfile, type Stage } from "#tests/support/dockerfile.ts";
import { ImageFolder } from "#tests/support/image-folder.ts";
import { newVolume, runImage } from "#tests/support/image-run.ts";
import { collect, until, waitForExit } from "#tests/support/proxy-process.ts";

const root = join(import.meta.dirname, "../..");
const folder = join(root, "deploy/container");
/** The image is built, and its base chosen, no later than today. */
const BUILT_ON = new Date().toISOString().slice(0, 10);
const scratch = mkdtempSync(join(tmpdir(), "cco-image-"));
const stages = readDockerfile(join(folder, "Dockerfile"));
const [build, final] = stages as [Stage, Stage];

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("the Dockerfile", () => {
  it("has two stages on the same base, of which the last has no build tools", () => {
    expect(stages.map(({ name }) => name)).toEqual(["build", ""]);
    const [, release = ""] = /^node:(\d+)-\w+-slim$/.exec(build.image) ?? [];
    expect(findNodeSupport(`${release}.0.0`, BUILT_ON), build.image).toMatchObject({
      until: expect.any(String),
      isOver: false,
    });
    expect(final.image).toBe(build.image);
    expect(final.instructions.filter(({ word, rest }) => word === "RUN" && /npm|apt/.test(rest))).toEqual([]);
    expect(final.instructions.filter(({ word, flags }) => word === "COPY" && flags.from !== "build")).toEqual([]);
  });

  it("is healthy by /readyz, which fails while it takes no traffic; /livez would not", () => {
    const [check, ...others] = final.instructions.filter(({ word }) => word === "HEALTHCHECK");
    const paths = /CCO_PORT\}(\/\w+)`/.exec(check?.rest ?? "");

    expect([paths?.[1], others]).toEqual(["/readyz", []]);
  });

  it("sends to the build what it copies, and no test, no data, no secret", () => {
    const files = filesOfContext(root, join(folder, "Dockerfile.dockerignore"));

    expect(files).toEqual(
      expect.arrayContaining(["package-lock.json", ".npmrc", "scripts/setup.mjs", "deploy/start.sh"]),
    );
    expect(
      files.filter((file) => /(^|\/)(node_modules|data|\.git|dist|tests|e2e)\/|\.test\.|\.env/.test(file)),
    ).toEqual([]);
  });
});

/** The last stage, carried out with what `scripts/setup.mjs` has built in this folder as the stage before. */
describe("the image", () => {
  let mock: Mock;
  let image: ImageFolder;
  let volume: string;

  beforeAll(async () => {
    mock = await startMock();
    const tools = join(scratch, "tools");
    mkdirSync(tools);
    symlinkSync(process.execPath, join(tools, "node"));
    mkdirSync(join(scratch, "build"));
    symlinkSync(root, join(scratch, "build/app"));
    image = new ImageFolder(join(scratch, "image"), tools, final);
    image.build({ root, files: [] }, { build: join(scratch, "build") });
    volume = newVolume(scratch, image);
  });
  afterAll(() => mock?.close());

  it("starts as an unprivileged user on a read-only file system, serves the console, and stops in order", async () => {
    const env = { CCO_UPSTREAM_URL: mock.url, CCO_PUBLIC_URL: "http://cco.example" };
    const cco = await runImage(image, volume, env);
    try {
      expect((await fetch(`${cco.url}/readyz`)).status).toBe(200);
      expect(await cco.healthCheck()).toBe(0);
      const page = await until(async () => {
        const answer = await fetch(`${cco.url}/sign-in`);
        return answer.status < 500 && (await answer.text());
      });
      expect(page).toContain("<html");
      const uids = readFileSync(`/proc/${cco.pid}/status`, "utf8").match(/^Uid:\s+(\d+)/m)?.[1];
      expect(uids).toBe("10001");
      expect(existsSync(join(volume, "rules/model-overrides.toml"))).toBe(true);
      expect(existsSync(join(volume, "data/cco.db"))).toBe(true);
    } finally {
      expect(await cco.stop()).toBe(0);
    }
    expect(cco.output()).not.toMatch(/EROFS|EACCES|read-only file system/i);
  });

  it("fails its health check while nothing serves", async () => {
    expect(await image.healthCheck({ CCO_PORT: "9" }, volume)).toBe(1);
  });

  it("cannot write anywhere but into the volume and /tmp", async () => {
    const script =
      'for place in /app /etc /usr /var /var/lib/cco /tmp; do touch "$place/x" 2>/dev/null && echo "$place"; done';
    const child = image.enter("read-only", ["sh", "-c", script], {}, volume);
    const printed = collect(child);
    await waitForExit(child);

    expect(printed().trim().split("\n")).toEqual(["/var/lib/cco", "/tmp"]);
  });

  it.each<{ fault: string; env: Record<string, string>; says: string; code: number }>([
    {
      fault: "a secret that was not mounted",
      env: { ANTHROPIC_API_KEY_FILE: "/run/secrets/anthropic-api-key" },
      says: "ANTHROPIC_API_KEY_FILE=/run/secrets/anthropic-api-key cannot be read: name an existing file",
      code: 3,
    },
    { fault: "a wrong port", env: { CCO_PORT: "web" }, says: 'CCO_PORT="web" must be a whole number', code: 3 },
  ])("ends with a sentence that names the fix: $fault", async ({ env, says, code }) => {
    const child = image.start(env, volume);
    const printed = collect(child);

    expect(await waitForExit(child)).toBe(code);
    expect(printed()).toContain(says);
  });

  it("ends with a sentence that names the fix: a volume that belongs to another user", async () => {
    const foreign = join(scratch, "foreign");
    mkdirSync(foreign, { mode: 0o755 });
    rmSync(`${image.folder}.volume`);
    const child = image.start({}, foreign);
    const printed = collect(child);

    expect(await waitForExit(child)).toBe(77);
    expect(printed()).toContain("cannot be written by user 10001: give it to that user (chown)");
  });
});

interface Service {
  image?: string;
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  tmpfs?: string[];
  stop_grace_period?: string;
  volumes?: string[];
  environment?: Record<string, string>;
  networks?: Record<string, { ipv4_address: string }>;
  depends_on?: Record<string, unknown>;
  secrets?: string[];
}

describe("compose.yaml", () => {
  const compose: {
    services: Record<string, Service>;
    secrets: Record<string, { file: string }>;
    networks: Record<string, unknown>;
    volumes: Record<string, unknown>;
  } = parse(readFileSync(join(folder, "compose.yaml"), "utf8"), { merge: true });
  const instances = ["cco-1", "cco-2"].map((name) => compose.services[name] ?? {});

  it("has two CCO, PostgreSQL, Redis and nginx, and names nothing that it does not have", () => {
    const { services } = compose;
    expect(Object.keys(services).sort()).toEqual(["cco-1", "cco-2", "nginx", "postgres", "redis"]);
    for (const { depends_on = {}, secrets = [], volumes = [], networks = {} } of Object.values(services)) {
      expect(Object.keys(services)).toEqual(expect.arrayContaining(Object.keys(depends_on)));
      expect(Object.keys(compose.secrets)).toEqual(expect.arrayContaining(secrets));
      expect(Object.keys(compose.networks)).toEqual(expect.arrayContaining(Object.keys(networks)));
      for (const [source = ""] of volumes.map((volume) => volume.split(":"))) {
        if (source.startsWith(".")) expect(existsSync(join(folder, source)), source).toBe(true);
        else expect(Object.keys(compose.volumes)).toContain(source);
      }
    }
  });

  it("gives the instances the addresses of the shipped nginx configuration", () => {
    const nginx = readFileSync(join(root, "deploy/nginx/cco.conf"), "utf8");
    const wanted = [...nginx.matchAll(/server ([\d.]+):3000/g)].map(([, address]) => address);

    expect(instances.map(({ networks }) => networks?.cco?.ipv4_address)).toEqual(wanted);
    expect(instances.map(({ environment }) => environment?.CCO_TRUSTED_PROXIES)).toEqual(
      instances.map(() => compose.services.nginx?.networks?.cco?.ipv4_address),
    );
  });

  it("runs CCO read-only, without capabilities and new privileges, and waits longer for a stop than CCO may take", () => {
    const longestMs =
      INTEGER_BOUNDS.CCO_SHUTDOWN_SECONDS.fallback * 1000 + KILL_AFTER_HARD_STOP_MS + LAST_CHILD_WITHIN_MS;
    for (const { read_only, cap_drop, security_opt, tmpfs, stop_grace_period = "" } of instances) {
      expect([read_only, cap_drop, tmpfs]).toEqual([true, ["ALL"], ["/tmp"]]);
      expect(security_opt).toEqual(["no-new-privileges:true"]);
      expect(Number.parseInt(stop_grace_period, 10) * 1000).toBeGreaterThan(longestMs);
    }
  });

  it("shares no spool between the instances", () => {
    const data = instances.map(({ volumes = [] }) => volumes.find((volume) => volume.endsWith(":/var/lib/cco")));

    expect(new Set(data).size).toBe(2);
  });
});
