import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findOrInstall } from "#tests/support/debian.ts";
import { Chart, manifestsIn, readSpec } from "#tests/support/helm.ts";
import { promtool } from "#tests/support/prometheus.ts";

const root = join(import.meta.dirname, "../..");
const scratch = mkdtempSync(join(tmpdir(), "cco-pages-"));
const howto = (name: string) => readFileSync(join(root, "docs/howto", `${name}.md`), "utf8");
const pages = [
  "run-in-a-container",
  "run-on-kubernetes",
  "run-under-systemd",
  "behind-nginx",
  "behind-haproxy",
  "alert",
];
/** Fenced blocks of a page, continuation lines joined. */
const readBlocks = (page: string) =>
  [...howto(page).matchAll(/```\w*\n([\s\S]*?)```/g)].map(([, text = ""]) => text.replace(/\\\n\s*/g, ""));
const readLine = (page: string, begin: string): string => {
  const line = readBlocks(page)
    .flatMap((block) => block.split("\n"))
    .find((each) => each.startsWith(begin));
  if (line === undefined) throw new Error(`${page} has no line that begins with ${begin}`);
  return line.replace(/\s+#.*$/, "");
};
const kubectl = () =>
  findOrInstall(
    () => ["/usr/bin/kubectl", "/usr/local/bin/kubectl"].find((path) => existsSync(path)) ?? null,
    "kubernetes-client",
    "This test needs kubectl",
  );
const inBash = (script: string, cwd: string) =>
  execFileSync("bash", ["-euo", "pipefail", "-c", script], { cwd, encoding: "utf8", stdio: "pipe" });

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

it.each(pages)("%s names only files of deploy/ that are shipped", (page) => {
  const named = howto(page).match(/(?<![\w./-])(?:\/opt\/cco\/)?deploy\/[\w./-]*\w/g) ?? [];

  expect(named.map((path) => path.replace("/opt/cco/", "")).filter((path) => !existsSync(join(root, path)))).toEqual(
    [],
  );
});

describe("the commands of the pages", () => {
  it("check and test the alert rules", () => {
    const configuration = join(scratch, "prometheus.yml");
    cpSync(join(root, "deploy/prometheus/cco-alerts.yml"), join(scratch, "cco-alerts.yml"));
    writeFileSync(join(scratch, "token"), "x");
    const shipped = readFileSync(join(root, "deploy/prometheus/prometheus.yml"), "utf8");
    writeFileSync(configuration, shipped.replace("/etc/prometheus/cco-metrics-token", join(scratch, "token")));
    const program = promtool();
    const lines = [readLine("alert", "promtool check"), readLine("alert", "promtool test")];
    const output = lines.map((line) =>
      inBash(line.replace("promtool", program).replace("/etc/prometheus/prometheus.yml", configuration), root),
    );

    for (const text of output) expect(text).toContain("SUCCESS");
  });

  it("write secrets for compose that only root and the image's group may read", () => {
    const folder = join(scratch, "compose");
    mkdirSync(folder);
    writeFileSync(join(scratch, "pasted"), "sk-pasted\n");
    const key = readLine("run-in-a-container", "install -m 440 -g 10001 /dev/stdin secrets/anthropic-api-key");
    const lines = [
      readLine("run-in-a-container", "install -d"),
      `${key} < ${join(scratch, "pasted")}`,
      readLine("run-in-a-container", "openssl rand"),
      readLine("run-in-a-container", 'echo "POSTGRES_PASSWORD'),
    ];
    inBash(lines.join("\n"), folder);

    for (const name of ["anthropic-api-key", "session-secret"]) {
      const { mode, gid } = statSync(join(folder, "secrets", name));
      expect([mode & 0o777, gid]).toEqual([0o440, 10001]);
    }
    expect(readFileSync(join(folder, "secrets/session-secret"), "utf8")).toMatch(/^[0-9a-f]{64}\n$/);
    expect(readFileSync(join(folder, ".env"), "utf8")).toMatch(/^POSTGRES_PASSWORD=[0-9a-f]{32}\n$/);
  });

  it("make a Secret with every key that the pods mount", () => {
    writeFileSync(join(scratch, "key"), "sk-operator");
    const line = `${readLine("run-on-kubernetes", "kubectl create secret")} --dry-run=client -o yaml`;
    const [secret] = manifestsIn(inBash(line.replace("kubectl", kubectl()), scratch), "secret");
    const base = readFileSync(join(root, "deploy/kubernetes/statefulset.yaml"), "utf8");
    const wanted = [...base.matchAll(/key: ([\w-]+)/g)].map(([, key]) => key);

    expect(secret?.metadata.name).toBe("cco-secrets");
    expect(Object.keys(secret?.data ?? {}).sort()).toEqual(wanted.sort());
  });

  it("make a kustomization that sets image, address and first rules", () => {
    const folder = join(scratch, "overlay");
    mkdirSync(folder);
    cpSync(join(root, "deploy/kubernetes"), join(scratch, "base"), { recursive: true });
    cpSync(join(root, "config/model-overrides.toml"), join(folder, "model-overrides.toml"));
    const block = readBlocks("run-on-kubernetes").find((text) => text.startsWith("resources:")) ?? "";
    writeFileSync(join(folder, "kustomization.yaml"), block.replace(/\[github\.com[^\]]*\]/, "[../base]"));
    const result = manifestsIn(execFileSync(kubectl(), ["kustomize", folder], { encoding: "utf8" }), "overlay");
    const set = readSpec<{ template: { spec: { containers: [{ image: string }] } } }>(
      result.find(({ kind }) => kind === "StatefulSet"),
    );
    const maps = result.filter(({ kind }) => kind === "ConfigMap");

    expect(set.template.spec.containers[0].image).toBe("registry.example/cco:1.0.0");
    expect(maps.map(({ data }) => data?.CCO_PUBLIC_URL).filter(Boolean)).toEqual(["https://cco.your.example"]);
    expect(maps.find(({ metadata }) => metadata.name === "cco-rules")?.data).toHaveProperty(["model-overrides.toml"]);
  });

  describe("of helm", () => {
    let chart: Chart;
    beforeAll(() => {
      chart = new Chart(join(root, "deploy/helm/cco"), scratch);
    });

    /** `--set a.b=c` of a line as values. */
    function parseValues(line: string): Record<string, unknown> {
      const values: Record<string, unknown> = {};
      for (const [, path = "", text] of line.matchAll(/--set ([\w.]+)=(\S+)/g)) {
        const [first = "", second] = path.split(".");
        values[first] = second === undefined ? text : { ...(values[first] as object), [second]: text };
      }
      return values;
    }

    it.each(["helm install", "helm upgrade"])("set values that the chart takes: %s", (begin) => {
      const values = parseValues(readLine("run-on-kubernetes", begin));

      expect(Object.keys(values).length).toBeGreaterThan(0);
      expect(chart.mistakes(values)).toEqual([]);
    });
  });
});
