// Long because five renderings of one chart are held to the same sentences, and each wrong value is a row.

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KILL_AFTER_HARD_STOP_MS, LAST_CHILD_WITHIN_MS } from "#cli/supervisor.ts";
import { ENVIRONMENT, INTEGER_BOUNDS } from "#config/environment.ts";
import { findOrInstall } from "#tests/support/debian.ts";
import { readDockerfile, readEnvironment } from "#tests/support/dockerfile.ts";
import { Chart, type Manifest, manifestsIn, readSpec } from "#tests/support/helm.ts";
import { KubernetesSchemas } from "#tests/support/kubernetes-schemas.ts";

const root = join(import.meta.dirname, "../..");
const chartFolder = join(root, "deploy/helm/cco");
const scratch = mkdtempSync(join(tmpdir(), "cco-kubernetes-"));
const schemas = new KubernetesSchemas();
let chart: Chart;

beforeAll(() => {
  chart = new Chart(chartFolder, scratch);
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const variables = Object.values(ENVIRONMENT).flat();
/** Set by the chart from values with other names, or fixed by the image. */
const SET_BY_CHART = [
  "CCO_CONFIG",
  "CCO_DATA_DIR",
  "CCO_HOST",
  "CCO_PORT",
  "CCO_PUBLIC_URL",
  "CCO_SHUTDOWN_SECONDS",
  "CCO_TRUSTED_PROXIES",
];
/** Read by Node and its libraries. */
const OF_NODE = ["NODE_EXTRA_CA_CERTS", "TZ"];
/** `cco run` reads them at its first start; what only other commands read has no place in an instance. */
const FIRST_OWNER = "CCO_INIT_ADMIN_EMAIL";
const FIRST_OWNER_PASSWORD = "CCO_INIT_ADMIN_PASSWORD";
const ofInstance = variables.filter(({ readBy }) => readBy.includes("proxy") || readBy.includes("console"));

/** The base as it is shipped, or with everything optional. */
function kustomized(withOptional: boolean): Manifest[] {
  const folder = join(scratch, `base-${withOptional}`);
  cpSync(join(root, "deploy/kubernetes"), folder, { recursive: true });
  const file = join(folder, "kustomization.yaml");
  if (withOptional) writeFileSync(file, readFileSync(file, "utf8").replaceAll("  # - optional/", "  - optional/"));
  const places = ["/usr/bin/kubectl", "/usr/local/bin/kubectl"];
  const find = () => places.find((path) => existsSync(path)) ?? null;
  const kubectl = findOrInstall(find, "kubernetes-client", "This test needs kubectl");
  return manifestsIn(execFileSync(kubectl, ["kustomize", folder], { encoding: "utf8", stdio: "pipe" }), "kustomize");
}

interface Container {
  image: string;
  env: { name: string; value?: string }[];
  lifecycle: { preStop: { exec: { command: string[] } } };
  livenessProbe: { httpGet: { path: string } };
  readinessProbe: { httpGet: { path: string } };
  startupProbe: { httpGet: { path: string } };
  securityContext: { readOnlyRootFilesystem: boolean };
  volumeMounts: { name: string; mountPath: string }[];
}
interface Labels {
  matchLabels: Record<string, string>;
}
interface PodSpec {
  terminationGracePeriodSeconds: number;
  securityContext: { runAsUser: number };
  containers: [Container];
  volumes: { name: string; secret?: { items: { path: string }[] } }[];
}

const find = (manifests: readonly Manifest[], kind: string) => manifests.filter((each) => each.kind === kind);

function readPod(manifests: readonly Manifest[]): PodSpec {
  const [set] = find(manifests, "StatefulSet");
  return readSpec<{ template: { spec: PodSpec } }>(set).template.spec;
}

const everything = {
  imagePullSecrets: [{ name: "registry" }],
  trustedProxies: ["10.0.0.7", "10.244.0.0/16"],
  settings: {
    CCO_WORKERS: 2,
    CCO_REPORTING_TZ: "Europe/Berlin",
    CCO_SPOOL_MAX_MB: 1_000_000,
    CCO_S3_ENDPOINT: "https://storage.example",
    OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector.example:4318",
    OTEL_SDK_DISABLED: false,
    NODE_EXTRA_CA_CERTS: "/etc/our-authority/ca.pem",
    CCO_MODELS_FILE: "/etc/cco-models/models.toml",
    CCO_BACKUP_FOLDER: "/mnt/backups",
    CCO_ARCHIVE_FOLDER: "/mnt/archive/requests",
  },
  secret: { redisUrlKey: "redis-url", otherKeys: { CCO_SMTP_URL: "smtp-url", CCO_OIDC_CLIENT_SECRET: "oidc" } },
  extraVolumes: [
    { name: "authority", configMap: { name: "our-authority" } },
    { name: "models", secret: { secretName: "models", items: [{ key: "models.toml", path: "models.toml" }] } },
    { name: "backups", persistentVolumeClaim: { claimName: "cco-backups" } },
    { name: "archive", nfs: { server: "files.example", path: "/cco" } },
  ],
  extraVolumeMounts: [
    { name: "authority", mountPath: "/etc/our-authority", readOnly: true },
    { name: "models", mountPath: "/etc/cco-models", readOnly: true },
    { name: "backups", mountPath: "/mnt/backups" },
    { name: "archive", mountPath: "/mnt/archive", subPath: "requests" },
  ],
  firstRules: "[overrides]\nenabled = true\nrules = []\n",
  spool: { storageClass: "fast" },
  service: { annotations: { a: "b" } },
  podDisruptionBudget: { maxUnavailable: "25%" },
  resources: { requests: { cpu: 0.5, memory: "512Mi" }, limits: { cpu: "1500m", memory: "1.5Gi" } },
  networkPolicy: {
    enabled: true,
    otherPorts: [587, 4318],
    from: [{ namespaceSelector: { matchLabels: { name: "ingress" } } }],
  },
  serviceMonitor: { enabled: true, labels: { release: "prometheus" } },
  podAnnotations: { team: "platform" },
  nodeSelector: { disk: "ssd" },
  tolerations: [{ key: "a", operator: "Exists" }],
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: "disk", operator: "In", values: ["ssd"] }] }],
      },
    },
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 1, podAffinityTerm: { topologyKey: "zone", labelSelector: { matchLabels: { app: "cco" } } } },
      ],
    },
  },
};
const nothing = { secret: { operatorKeyKey: "", metricsTokenKey: "" }, podDisruptionBudget: { enabled: false } };

const renderings: { title: string; render(): Manifest[] }[] = [
  { title: "the kustomize base", render: () => kustomized(false) },
  { title: "the kustomize base with everything optional", render: () => kustomized(true) },
  { title: "the chart with its own values", render: () => chart.manifests({}) },
  { title: "the chart with everything set", render: () => chart.manifests(everything, "production") },
  { title: "the chart with what can be left out left out", render: () => chart.manifests(nothing) },
];

describe("the check of manifests", () => {
  it.each([
    { fault: "an unknown field", change: { spec: { maxUnavailabel: 1 } }, says: "maxUnavailabel" },
    { fault: "a wrong type", change: { spec: { selector: "cco" } }, says: "must be object" },
    { fault: "an unknown kind", change: { kind: "PodDisruptionBuget" }, says: "is not known" },
  ])("refuses $fault", ({ change, says }) => {
    const good = { apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: { name: "x" }, spec: {} };

    expect(schemas.mistakes(good)).toEqual([]);
    expect(schemas.mistakes({ ...good, ...change }).join("\n")).toContain(says);
  });
});

it("the check of manifests refuses an unknown field deep inside one", () => {
  const [set] = find(chart.manifests({}), "StatefulSet");
  const text = JSON.stringify(set).replace('"readOnlyRootFilesystem"', '"readOnlyRootFileSystem"');

  expect(text).toContain("readOnlyRootFileSystem");
  expect(schemas.mistakes(JSON.parse(text)).join("\n")).toContain('{"additionalProperty":"readOnlyRootFileSystem"}');
});

describe.each(renderings)("$title", ({ render }) => {
  let manifests: Manifest[] = [];
  beforeAll(() => {
    manifests = render();
  });

  it("has only fields that Kubernetes knows, of the right types", () => {
    expect(manifests.length).toBeGreaterThan(4);
    expect(manifests.flatMap((manifest) => schemas.mistakes(manifest))).toEqual([]);
  });

  it("gives a pod longer to end than preStop and CCO together may take", () => {
    const { terminationGracePeriodSeconds, containers } = readPod(manifests);
    const settings = find(manifests, "ConfigMap").find(({ data }) => data?.CCO_SHUTDOWN_SECONDS)?.data;
    const [command, preStopSeconds] = containers[0].lifecycle.preStop.exec.command;
    const longestMs =
      (Number(preStopSeconds) + Number(settings?.CCO_SHUTDOWN_SECONDS)) * 1000 +
      KILL_AFTER_HARD_STOP_MS +
      LAST_CHILD_WITHIN_MS;

    expect(command).toBe("sleep");
    expect(Number(settings?.CCO_SHUTDOWN_SECONDS)).toBe(INTEGER_BOUNDS.CCO_SHUTDOWN_SECONDS.fallback);
    expect(terminationGracePeriodSeconds * 1000).toBeGreaterThan(longestMs);
  });

  it("asks for life without the database, and for readiness apart from it", () => {
    const [{ livenessProbe, readinessProbe, startupProbe }] = readPod(manifests).containers;

    expect([startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet.path)).toEqual([
      "/livez",
      "/livez",
      "/readyz",
    ]);
  });

  it("runs as the user of the image, read-only, with the image's volume as a volume", () => {
    const [, image] = readDockerfile(join(root, "deploy/container/Dockerfile"));
    const { securityContext, containers } = readPod(manifests);
    const findInstruction = (word: string) => image?.instructions.findLast((each) => each.word === word)?.rest;

    expect(`${securityContext.runAsUser}:${securityContext.runAsUser}`).toBe(findInstruction("USER"));
    expect(containers[0].securityContext.readOnlyRootFilesystem).toBe(true);
    expect(containers[0].volumeMounts).toContainEqual({ name: "data", mountPath: findInstruction("VOLUME") });
    if (image !== undefined) expect(readEnvironment(image).CCO_DATA_DIR).toMatch(`${findInstruction("VOLUME")}/`);
  });

  it("mounts each file that a variable names, and names only variables that CCO reads", () => {
    const { containers, volumes } = readPod(manifests);
    const known = variables.flatMap(({ name, isSecret }) => (isSecret ? [name, `${name}_FILE`] : [name]));
    const settings = find(manifests, "ConfigMap").flatMap(({ data = {} }) => Object.keys(data));
    const names = [...containers[0].env.map(({ name }) => name), ...settings.filter((name) => name.startsWith("CCO_"))];
    const files = containers[0].env.flatMap(({ value }) => (value?.startsWith("/") ? [value] : []));
    const mount = containers[0].volumeMounts.find(({ name }) => name === "secrets")?.mountPath;
    const items = volumes.find(({ name }) => name === "secrets")?.secret?.items ?? [];

    expect(names.filter((name) => !known.includes(name))).toEqual([]);
    expect(files.sort()).toEqual(items.map(({ path }) => `${mount}/${path}`).sort());
  });

  it("selects its pods by labels that they carry", () => {
    const [set] = find(manifests, "StatefulSet");
    const { template, selector, serviceName } = readSpec<{
      template: { metadata: { labels: Record<string, string> } };
      selector: Labels;
      serviceName: string;
    }>(set);
    const selectors = [
      selector.matchLabels,
      ...find(manifests, "Service").map((each) => readSpec<{ selector: Record<string, string> }>(each).selector),
      ...find(manifests, "PodDisruptionBudget").map(
        (each) => readSpec<{ selector: Labels }>(each).selector.matchLabels,
      ),
    ];

    for (const wanted of selectors) expect(template.metadata.labels).toMatchObject(wanted);
    expect(find(manifests, "Service").map(({ metadata }) => metadata.name)).toContain(serviceName);
    for (const monitor of find(manifests, "ServiceMonitor")) {
      const wanted = readSpec<{ selector: Labels }>(monitor).selector.matchLabels;
      const services = find(manifests, "Service").filter(({ metadata: { labels = {} } }) =>
        Object.entries(wanted).every(([name, value]) => labels[name] === value),
      );
      expect(services.map(({ metadata }) => metadata.name)).toEqual([serviceName]);
    }
  });
});

describe("the chart", () => {
  it("keeps the time to end in step with the values", () => {
    const { terminationGracePeriodSeconds, containers } = readPod(
      chart.manifests({ shutdownSeconds: 120, preStopSeconds: 15 }),
    );

    expect(terminationGracePeriodSeconds).toBe(155);
    expect(containers[0].lifecycle.preStop.exec.command).toEqual(["sleep", "15"]);
  });

  it("puts the rules of the first start where the image looks for them, unchanged", () => {
    const manifests = chart.manifests(everything);
    const rules = find(manifests, "ConfigMap").find(({ metadata }) => metadata.name === "cco-rules");

    expect(rules?.data?.["model-overrides.toml"]).toBe(everything.firstRules);
    expect(readPod(manifests).containers[0].volumeMounts).toContainEqual(
      expect.objectContaining({ name: "rules", mountPath: "/etc/cco" }),
    );
  });

  it("restarts the instances when a setting changes, and only then", () => {
    const checksum = (values: Record<string, unknown>) =>
      /checksum\/settings: (\w+)/.exec(chart.texts(values)["statefulset.yaml"] ?? "")?.[1];

    expect(checksum({})).toBe(checksum({}));
    expect(checksum({ settings: { CCO_WORKERS: 2 } })).not.toBe(checksum({}));
  });

  it("takes under settings exactly the variables that an instance reads, without secrets", () => {
    const plain = ofInstance.flatMap(({ name, isSecret }) => (isSecret ? [] : [name]));
    const wanted = [...plain, FIRST_OWNER, ...OF_NODE].filter((name) => !SET_BY_CHART.includes(name));
    const isTaken = (name: string) => chart.mistakes({ settings: { [name]: "x" } }).length === 0;
    const { properties } = JSON.parse(readFileSync(join(chartFolder, "values.schema.json"), "utf8"));

    expect(properties.settings.propertyNames.enum).toEqual(wanted.sort());
    expect(wanted.filter((name) => !isTaken(name))).toEqual([]);
  });

  it("refuses every secret under settings, also its file, and takes it as a key of the Secret", () => {
    const secrets = [...ofInstance.flatMap(({ name, isSecret }) => (isSecret ? [name] : [])), FIRST_OWNER_PASSWORD];
    const refused = (name: string) => chart.mistakes({ settings: { [name]: "x" } }).length > 0;
    const named = readPod(chart.manifests({ secret: { redisUrlKey: "redis-url" } })).containers[0].env;
    const inValues = secrets.filter((secret) => named.some(({ name }) => name.replace(/_FILE$/, "") === secret));
    const others = secrets.filter((secret) => !inValues.includes(secret));
    const otherKeys = Object.fromEntries(others.map((name) => [name, name.toLowerCase()]));
    const env = readPod(chart.manifests({ secret: { otherKeys } })).containers[0].env;

    expect(secrets.flatMap((name) => [name, `${name}_FILE`]).filter((name) => !refused(name))).toEqual([]);
    expect(chart.mistakes({ secret: { otherKeys } })).toEqual([]);
    expect(env).toEqual(
      expect.arrayContaining(
        others.map((name) => ({ name: `${name}_FILE`, value: `/run/secrets/cco/${name.toLowerCase()}` })),
      ),
    );
  });

  it("writes large numbers under settings as digits", () => {
    const [settings] = find(chart.manifests(everything), "ConfigMap");

    expect(settings?.data).toMatchObject({ CCO_SPOOL_MAX_MB: "1000000", OTEL_SDK_DISABLED: "false", CCO_WORKERS: "2" });
  });

  it.each([
    "10.0.0.7",
    "10.0.0.0/8",
    "255.255.255.255/32",
    "::1",
    "fd00::/8",
    "::ffff:10.0.0.7/128",
    "::",
    "2001:db8::8:800:200c:417a",
    "1:2:3:4:5:6:7:8",
    "fe80::",
  ])("takes %s as a trusted proxy", (address) => {
    expect(chart.mistakes({ trustedProxies: [address] })).toEqual([]);
  });

  it.each([
    { trustedProxies: ["10.0.0.0/99"] },
    { trustedProxies: ["10.0.0.0/0"] },
    { trustedProxies: ["10.0.0.256"] },
    { trustedProxies: ["fd00::/129"] },
    { trustedProxies: [":"] },
    { trustedProxies: [":::"] },
    { trustedProxies: ["1:2:3:4:5:6:7"] },
    { trustedProxies: ["1::2::3"] },
    { podDisruptionBudget: { maxUnavailable: "0%" } },
    { podDisruptionBudget: { maxUnavailable: "00%" } },
    { publicUrl: "https://user:pw@cco.example" },
    { publicUrl: "https://cco.example?x=1" },
    { publicUrl: "https://cco.example/cco" },
    { networkPolicy: { from: [{ nameSpaceSelector: {} }] } },
    { networkPolicy: { from: [{ ipBlock: { cdir: "10.0.0.0/8" } }] } },
    { networkPolicy: { from: [{}] } },
    { tolerations: [{ key: "a", opperator: "Exists" }] },
    { tolerations: [{ key: "a", operator: "exists" }] },
    { affinity: { nodeAfinity: {} } },
    { affinity: { podAntiAffinity: { requiredDuringScheduling: [] } } },
    { serviceMonitor: { interval: "0s" } },
    { extraVolumes: [{ name: "models" }] },
    { extraVolumes: [{ name: "data", configMap: { name: "x" } }] },
    { extraVolumes: [{ name: "models", configMap: { nam: "x" } }] },
    { extraVolumeMounts: [{ name: "models", mountpath: "/mnt" }] },
    { extraVolumeMounts: [{ name: "models", mountPath: "/var/lib/cco" }] },
    { resources: { limits: { memory: "1Gib" } } },
    { resources: { limits: { memory: "5" } } },
    { resources: { requests: { cpu: "half" } } },
    { resources: { requests: { "nvidia.com/gpu": "one" } } },
    { image: { tag: "a b" } },
    { image: { repository: "our registry/cco" } },
    { spool: { size: "5" } },
    { spool: { size: "5Gib" } },
    { spool: { size: "0Gi" } },
    { spool: { size: "1Mi" } },
    { spool: { size: "64Mi" } },
    { spool: { size: "0.0Gi" } },
    { spool: { storageClass: "very fast" } },
    { secret: { name: "CCO secrets" } },
    { secret: { otherKeys: { CCO_PORT: "port" } } },
    { settings: { CCO_PROT: 3001 } },
    { settings: { CCO_REQUIRE_KEY: true } },
    { networkPolicy: { otherPorts: [70_000] } },
  ])("refuses %j", (values) => {
    expect(chart.mistakes(values)).not.toEqual([]);
  });

  it.each(["100M", "512Mi", "0.5Gi", "5Gi", "1.5Gi", "1Ti", "100000000"])("takes %s as a size", (size) => {
    expect(chart.mistakes({ spool: { size } })).toEqual([]);
  });

  it.each([
    { variable: "NODE_EXTRA_CA_CERTS", path: "/etc/our-authority/ca.pem" },
    { variable: "CCO_MODELS_FILE", path: "/etc/cco-models/models.toml" },
    { variable: "CCO_BACKUP_FOLDER", path: "/mnt/backups" },
    { variable: "CCO_ARCHIVE_FOLDER", path: "/mnt/archive" },
  ])("refuses a path in $variable that is on no volume", ({ variable, path }) => {
    const settings = { [variable]: path };
    const extraVolumes = [{ name: "more", persistentVolumeClaim: { claimName: "more" } }];
    const extraVolumeMounts = [{ name: "more", mountPath: path.replace(/\/[^/]*\.[^/]*$/, "") }];

    expect(() => chart.manifests({ settings })).toThrow(`settings.${variable}: no volume is mounted at ${path}`);
    const { containers, volumes } = readPod(chart.manifests({ settings, extraVolumes, extraVolumeMounts }));
    expect(volumes).toContainEqual(extraVolumes[0]);
    expect(containers[0].volumeMounts).toContainEqual(extraVolumeMounts[0]);
  });

  it("takes paths of the volume of an instance, of the image and of a bucket", () => {
    const settings = {
      CCO_BACKUP_FOLDER: "s3://our-backups/cco",
      CCO_ARCHIVE_FOLDER: "/var/lib/cco/archive",
      CCO_MODELS_FILE: "/app/config/models.toml",
    };

    expect(chart.manifests({ settings }).length).toBeGreaterThan(4);
  });

  it.each<[string, Record<string, unknown>, string]>([
    [
      "a bucket as the archive's folder",
      { settings: { CCO_ARCHIVE_FOLDER: "s3://b/x" } },
      "settings.CCO_ARCHIVE_FOLDER: no volume is mounted at s3://b/x",
    ],
    [
      "a bucket without a name",
      { settings: { CCO_BACKUP_FOLDER: "s3://" } },
      "settings.CCO_BACKUP_FOLDER: no volume is mounted at s3://",
    ],
    [
      "a path that leaves its volume",
      { settings: { CCO_BACKUP_FOLDER: "/var/lib/cco/../../tmp" } },
      "settings.CCO_BACKUP_FOLDER: write /var/lib/cco/../../tmp without ..",
    ],
    [
      "backups on a volume that is mounted to read",
      {
        settings: { CCO_BACKUP_FOLDER: "/mnt/backups" },
        extraVolumes: [{ name: "more", persistentVolumeClaim: { claimName: "more" } }],
        extraVolumeMounts: [{ name: "more", mountPath: "/mnt/backups", readOnly: true }],
      },
      "settings.CCO_BACKUP_FOLDER: CCO writes to /mnt/backups, and the mount at /mnt/backups is read-only",
    ],
    [
      "two volumes of one name",
      {
        extraVolumes: ["a", "b"].map((claimName) => ({ name: "more", persistentVolumeClaim: { claimName } })),
      },
      "extraVolumes: two volumes are named more",
    ],
  ])("refuses %s", (_, values, says) => {
    expect(() => chart.manifests(values)).toThrow(says);
  });

  it.each([
    [
      "a folder to write within one to read",
      [
        { name: "more", mountPath: "/mnt", readOnly: true },
        { name: "more", mountPath: "/mnt/backups" },
      ],
    ],
    ["a mount with a slash at its end", [{ name: "more", mountPath: "/mnt/backups/" }]],
  ])("takes %s", (_, extraVolumeMounts) => {
    const settings = { CCO_BACKUP_FOLDER: "/mnt/backups/cco" };
    const extraVolumes = [{ name: "more", persistentVolumeClaim: { claimName: "more" } }];

    expect(chart.manifests({ settings, extraVolumes, extraVolumeMounts }).length).toBeGreaterThan(4);
  });

  it("refuses a mount without its volume", () => {
    const extraVolumeMounts = [{ name: "models", mountPath: "/etc/cco-models" }];

    expect(() => chart.manifests({ extraVolumeMounts })).toThrow("no volume of extraVolumes is named models");
  });

  it("accepts its own values and a full set of others", () => {
    expect(chart.mistakes({})).toEqual([]);
    expect(chart.mistakes(everything)).toEqual([]);
    expect(chart.mistakes(nothing)).toEqual([]);
  });

  it.each<{ fault: string; values: Record<string, unknown>; says: string }>([
    { fault: "an unknown value", values: { replica: 3 }, says: '{"additionalProperty":"replica"}' },
    { fault: "a number as text", values: { replicas: "two" }, says: "replicas must be integer" },
    { fault: "no instance", values: { replicas: 0 }, says: "replicas must be >= 1" },
    {
      fault: "an address without a scheme",
      values: { publicUrl: "cco.example" },
      says: "publicUrl must match pattern",
    },
    {
      fault: "an address with a port that is none",
      values: { publicUrl: "https://cco.example:99999" },
      says: "publicUrl must match pattern",
    },
    { fault: "a proxy's name", values: { trustedProxies: ["balancer"] }, says: "trustedProxies/0 must match" },
    {
      fault: "a secret among the settings",
      values: { settings: { CCO_METRICS_TOKEN: "x" } },
      says: '{"propertyName":"CCO_METRICS_TOKEN"}',
    },
    {
      fault: "a setting that another value sets",
      values: { settings: { CCO_SHUTDOWN_SECONDS: 60 } },
      says: '{"propertyName":"CCO_SHUTDOWN_SECONDS"}',
    },
    {
      fault: "no name of the secret",
      values: { secret: { name: "" } },
      says: "secret/name must match pattern",
    },
    { fault: "a size that is none", values: { spool: { size: "large" } }, says: "spool/size must match pattern" },
  ])("refuses $fault and names it", ({ values, says }) => {
    expect(chart.mistakes(values).join("\n")).toContain(says);
  });

  it("refuses a scraper without a token and says which value to set", () => {
    const values = { serviceMonitor: { enabled: true }, secret: { metricsTokenKey: "" } };

    expect(() => chart.manifests(values)).toThrow("serviceMonitor.enabled needs secret.metricsTokenKey");
  });

  it("has the version of the program", () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

    expect(readFileSync(join(chartFolder, "Chart.yaml"), "utf8")).toContain(`appVersion: "${version}"`);
  });
});
