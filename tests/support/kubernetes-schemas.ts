import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";

/** Schema folders of the package `kubernetes-models`: those of Kubernetes' own OpenAPI description. */
const FOLDERS = ["kubernetes-models/_schemas", "@kubernetes-models/apimachinery/_schemas"];
/** Formats of Kubernetes' numbers; their types are checked. */
const FORMATS = ["int32", "int64", "double", "byte", "date-time", "int-or-string", "quantity"];

interface Manifest {
  apiVersion: string;
  kind: string;
}

/**
 * The part of the Prometheus operator's resource that is used here. Its schemas are in no package that this project can
 * use, so this one is written by hand after its description.
 */
const SERVICE_MONITOR = {
  $id: "com.coreos.monitoring.v1.ServiceMonitor",
  type: "object",
  required: ["apiVersion", "kind", "metadata", "spec"],
  properties: {
    apiVersion: { const: "monitoring.coreos.com/v1" },
    kind: { const: "ServiceMonitor" },
    metadata: { $ref: "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta" },
    spec: {
      type: "object",
      required: ["selector", "endpoints"],
      properties: {
        selector: { $ref: "io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector" },
        endpoints: {
          type: "array",
          minItems: 1,
          items: {
            type: "object",
            properties: {
              port: { type: "string" },
              path: { type: "string" },
              interval: { type: "string" },
              authorization: {
                type: "object",
                properties: {
                  type: { type: "string" },
                  credentials: { $ref: "io.k8s.api.core.v1.SecretKeySelector" },
                },
              },
            },
          },
        },
      },
    },
  },
};

/** Checks manifests against the schemas of Kubernetes; a field that no schema knows is an error, as `kubectl` has it. */
export class KubernetesSchemas {
  private readonly ajv = new Ajv({ strict: false, allErrors: true, logger: false });

  constructor() {
    for (const format of FORMATS) this.ajv.addFormat(format, true);
    const root = join(import.meta.dirname, "../../node_modules");
    for (const folder of FOLDERS) {
      const files = readdirSync(join(root, folder)).filter((name) => name.endsWith(".js"));
      for (const file of files) this.add(readFileSync(join(root, folder, file), "utf8"));
    }
    this.ajv.addSchema(closed(SERVICE_MONITOR) as object);
  }

  /** One line per mistake: where it is and what is wrong. */
  mistakes(manifest: Manifest): string[] {
    const { apiVersion, kind } = manifest;
    const validate = this.findSchema(manifest);
    if (validate === undefined) return [`${apiVersion} ${kind} is not known`];
    validate(manifest);
    const errors = validate.errors ?? [];
    const named = errors
      .filter(({ keyword }) => keyword !== "oneOf")
      // Every field may also be null; that it is not is no mistake.
      .filter(({ keyword, params }) => !(keyword === "type" && params.type === "null"))
      .map(({ instancePath, message, params }) => `${kind}${instancePath} ${message} ${JSON.stringify(params)}`);
    return errors.length > 0 && named.length === 0 ? [`${apiVersion} ${kind} is not valid`] : named;
  }

  /** The files are CommonJS, but their schema is plain JSON. */
  private add(text: string): void {
    const schema = /const schema = (\{[\s\S]*?\n\});/.exec(text)?.[1];
    const id = /register\)\("([^"]+)"/.exec(text)?.[1];
    if (schema === undefined || id === undefined) return;
    if (this.ajv.getSchema(id) !== undefined) return;
    const references = schema.replace(/"\$ref": "([^"#]+)#"/g, '"$ref": "$1"');
    this.ajv.addSchema({ ...(closed(JSON.parse(references)) as object), $id: id });
  }

  private findSchema({ apiVersion, kind }: Manifest): ValidateFunction | undefined {
    const [version = "", group = "core"] = apiVersion.split("/").reverse();
    if (group === "monitoring.coreos.com") return this.ajv.getSchema(SERVICE_MONITOR.$id);
    return this.ajv.getSchema(`io.k8s.api.${group.replace(/\.k8s\.io$/, "")}.${version}.${kind}`);
  }
}

/** The same schema, in which an object with named properties has no others. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (schema === null || typeof schema !== "object") return schema;
  const entries = Object.entries(schema).map(([name, value]) => [name, name === "enum" ? value : closed(value)]);
  const result = Object.fromEntries(entries);
  if (result.type === "object" && isSchemaMap(result.properties) && result.additionalProperties === undefined)
    result.additionalProperties = false;
  return result;
}

/** Whether a value is the `properties` of a schema, not a property of that name. */
const isSchemaMap = (value: unknown): boolean =>
  value !== null && typeof value === "object" && !("type" in value && typeof value.type === "string");
