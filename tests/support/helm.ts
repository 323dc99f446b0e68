import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { parse, parseAllDocuments } from "yaml";
import { findOrInstall } from "./debian.ts";

const GO_PATH = "/usr/share/gocode";
const REASON = "Charts are rendered by Go's own templates";

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels?: Record<string, string> };
  spec?: Record<string, unknown>;
  data?: Record<string, string>;
}

/** The spec of a manifest, in the shape that a test looks at; fails when there is none. */
export function readSpec<T>(manifest: Manifest | undefined): T {
  if (manifest?.spec === undefined) throw new Error(`no spec in ${JSON.stringify(manifest)}`);
  return manifest.spec as T;
}

type Values = Record<string, unknown>;

/** Renders the chart in a folder. Helm itself is in no registry: this is its template engine, without its releases. */
export class Chart {
  private readonly defaults: Values;
  private readonly renderer: string;

  constructor(
    private readonly folder: string,
    scratch: string,
  ) {
    this.defaults = parse(readFileSync(join(folder, "values.yaml"), "utf8"));
    this.renderer = buildRenderer(scratch);
  }

  /**
   * Lists what is wrong with values, a line each, by the chart's own schema. They are checked merged with the defaults,
   * as Helm checks them.
   */
  mistakes(values: Values): string[] {
    const schema = JSON.parse(readFileSync(join(this.folder, "values.schema.json"), "utf8"));
    const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);
    if (validate(merged(this.defaults, values))) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath.slice(1)} ${message} ${JSON.stringify(params)}`,
    );
  }

  /** Texts by file name; throws with what the template engine says. */
  texts(values: Values, name = "cco"): Record<string, string> {
    const { version, name: chart, appVersion } = parse(readFileSync(join(this.folder, "Chart.yaml"), "utf8"));
    const context = {
      Values: merged(this.defaults, values),
      Chart: { Name: chart, Version: version, AppVersion: appVersion },
      Release: { Name: name, Namespace: "default", Service: "Helm" },
    };
    const ended = spawnSync(this.renderer, [this.folder], { input: JSON.stringify(context), encoding: "utf8" });
    if (ended.status !== 0) throw new Error(ended.stderr);
    return JSON.parse(ended.stdout);
  }

  manifests(values: Values, name?: string): Manifest[] {
    const texts = Object.entries(this.texts(values, name)).filter(([file]) => file.endsWith(".yaml"));
    return texts.flatMap(([file, text]) => manifestsIn(text, file));
  }
}

/** Documents of a YAML text. A key that is named twice, or any other fault, is an error. */
export function manifestsIn(text: string, file: string): Manifest[] {
  return parseAllDocuments(text, { version: "1.1" }).flatMap((document) => {
    if (document.errors.length > 0) throw new Error(`${file}: ${document.errors.join("; ")}`);
    const value: Manifest | null = document.toJS();
    return value === null ? [] : [value];
  });
}

function buildRenderer(scratch: string): string {
  const has = (path: string) => () => (existsSync(path) ? path : null);
  const go = findOrInstall(has("/usr/bin/go"), "golang-go", REASON);
  const source = (path: string, name: string) => findOrInstall(has(join(GO_PATH, "src", path)), name, REASON);
  source("github.com/Masterminds/sprig", "golang-github-masterminds-sprig-dev");
  source("gopkg.in/yaml.v3", "golang-gopkg-yaml.v3-dev");
  const program = join(scratch, "render-chart");
  const env = { ...process.env, GO111MODULE: "off", GOPATH: GO_PATH, GOCACHE: join(scratch, "go"), GOFLAGS: "" };
  execFileSync(go, ["build", "-o", program, join(import.meta.dirname, "render-chart/main.go")], { env, stdio: "pipe" });
  return program;
}

/** Values over defaults, as Helm merges them: maps by key, everything else replaced. */
function merged(defaults: Values, values: Values): Values {
  const isMap = (value: unknown): value is Values =>
    value !== null && typeof value === "object" && !Array.isArray(value);
  const result = { ...defaults };
  for (const [name, value] of Object.entries(values)) {
    const before = result[name];
    result[name] = isMap(before) && isMap(value) ? merged(before, value) : value;
  }
  return result;
}
