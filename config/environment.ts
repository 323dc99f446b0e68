/*
 * Long because it is one table: an entry per variable.
 */

/** The processes of CCO: `proxy` carries traffic, `console` serves pages and `/api`, `cco` is the command line. */
export type EnvironmentReader = "proxy" | "console" | "cco";

/** One environment variable that an operator may set, as `docs/configuration.md` prints it. Backticks mark code. */
export interface EnvironmentVariable {
  name: string;
  /** What it sets, in one sentence. */
  meaning: string;
  /** The values it takes. Left out for an integer. */
  values?: string;
  /** What holds without it. Left out for an integer. */
  fallback?: string;
  /** Inclusive bounds and the default of a whole number: the reader of the environment goes by them. */
  integer?: IntegerBounds;
  readBy: readonly EnvironmentReader[];
  /** `NAME_FILE` may name a file that holds the value. */
  isSecret?: true;
  /** The flag of `cco run` and `cco console` that wins over it. */
  flag?: string;
}

interface IntegerBounds {
  least: number;
  most: number;
  fallback: number;
  unit?: string;
}

/** Bounds of the whole numbers, by the name of their variable. */
export const INTEGER_BOUNDS = {
  CCO_PORT: { least: 0, most: 65_535, fallback: 3000 },
  CCO_WORKERS: { least: 1, most: 64, fallback: 1 },
  CCO_SHUTDOWN_SECONDS: { least: 1, most: 3_600, fallback: 30, unit: "s" },
  CCO_SPOOL_MAX_MB: { least: 16, most: 1_000_000, fallback: 512, unit: "MB" },
  CCO_BACKUP_EVERY_HOURS: { least: 0, most: 8_760, fallback: 0, unit: "h" },
  CCO_BACKUP_KEEP: { least: 1, most: 100_000, fallback: 14 },
  CCO_KEEP_EVENTS_DAYS: { least: 0, most: 36_500, fallback: 0, unit: "d" },
} as const satisfies Record<string, IntegerBounds>;

/** Every variable that an operator may set, by subject. `npm run docs` writes the configuration reference from it. */
export const ENVIRONMENT: Readonly<Record<string, readonly EnvironmentVariable[]>> = {
  "Address and processes": [
    {
      name: "CCO_PORT",
      meaning: "The one port of CCO. 0 takes a free one and prints it.",
      integer: INTEGER_BOUNDS.CCO_PORT,
      readBy: ["proxy", "cco"],
      flag: "--port",
    },
    {
      name: "CCO_HOST",
      meaning: "The address to listen on. Any other than this machine's own turns `CCO_REQUIRE_KEY` on.",
      values: "a name or an IP address",
      fallback: "`127.0.0.1`",
      readBy: ["proxy", "cco"],
      flag: "--host",
    },
    {
      name: "CCO_PUBLIC_URL",
      meaning: "The address people use: its host is served, its scheme decides on secure cookies, links begin with it.",
      values: "`http://…` or `https://…`, scheme, host and port alone",
      fallback: "derived from host and port",
      readBy: ["proxy", "console", "cco"],
      flag: "--public-url",
    },
    {
      name: "CCO_ALLOWED_HOSTS",
      meaning:
        "Host names that are served beside this machine's own and the one of `CCO_PUBLIC_URL`. One that others can reach turns `CCO_REQUIRE_KEY` on.",
      values: "names separated by commas; without a port every port",
      fallback: "none",
      readBy: ["proxy", "cco"],
    },
    {
      name: "CCO_TRUSTED_PROXIES",
      meaning:
        "Addresses of balancers whose `X-Forwarded-*` headers are believed, and whose connections are not limited.",
      values: "IP addresses and ranges, such as `10.0.0.0/8`, separated by commas",
      fallback: "none",
      readBy: ["proxy", "cco"],
    },
    {
      name: "CCO_WORKERS",
      meaning: "Proxy processes that share the port.",
      integer: INTEGER_BOUNDS.CCO_WORKERS,
      readBy: ["proxy", "cco"],
    },
    {
      name: "CCO_CONSOLE_URL",
      meaning: "Where the console listens. `cco run` sets it; set it for a proxy whose console runs elsewhere.",
      values: "`http://…` or `https://…`, scheme, host and port alone",
      fallback: "no console",
      readBy: ["proxy", "cco"],
    },
    {
      name: "CCO_SHUTDOWN_SECONDS",
      meaning: "How long open answers may go on after a signal to stop.",
      integer: INTEGER_BOUNDS.CCO_SHUTDOWN_SECONDS,
      readBy: ["proxy", "cco"],
      flag: "--drain",
    },
  ],
  "Rules and data": [
    {
      name: "CCO_CONFIG",
      meaning: "The rules file.",
      values: "a path",
      fallback: "`config/model-overrides.toml`",
      readBy: ["proxy", "console", "cco"],
      flag: "--config",
    },
    {
      name: "CCO_MODELS_FILE",
      meaning: "Another model catalogue (prices, capabilities) than the one that comes with CCO.",
      values: "a path",
      fallback: "`config/models.toml` of the program",
      readBy: ["proxy", "console", "cco"],
    },
    {
      name: "CCO_PRICES_FILE",
      meaning:
        "A file with what this organisation pays, over the prices of the catalogue. The page **Prices** then only shows it.",
      values: "a path",
      fallback: "none: own prices are saved on the page **Prices**",
      readBy: ["proxy", "console", "cco"],
    },
    {
      name: "CCO_DATA_DIR",
      meaning: "The folder of database, spool and secrets. CCO makes it with mode 700.",
      values: "a path",
      fallback: "`./data`",
      readBy: ["proxy", "console", "cco"],
      flag: "--data-dir",
    },
    {
      name: "DATABASE_URL",
      meaning: "The database.",
      values: "`file:…` (SQLite) or `postgresql://…`",
      fallback: "`cco.db` in the data folder",
      isSecret: true,
      readBy: ["proxy", "console", "cco"],
    },
    {
      name: "CCO_READ_DATABASE_URL",
      meaning: "A streaming copy of the PostgreSQL database, from which the console and `cco` read reports.",
      values: "`postgresql://…`",
      fallback: "reports are read from `DATABASE_URL`",
      isSecret: true,
      readBy: ["console", "cco"],
    },
    {
      name: "CCO_SPOOL_MAX_MB",
      meaning: "How much of the disk records may take while the database is away, per process.",
      integer: INTEGER_BOUNDS.CCO_SPOOL_MAX_MB,
      readBy: ["proxy", "cco"],
    },
    {
      name: "CCO_BACKUP_EVERY_HOURS",
      meaning: "How often `cco run` makes a backup, one of all instances of a database at a time. 0 makes none.",
      integer: INTEGER_BOUNDS.CCO_BACKUP_EVERY_HOURS,
      readBy: ["proxy", "console", "cco"],
    },
    {
      name: "CCO_BACKUP_KEEP",
      meaning: "How many archives scheduled backups leave in their folder.",
      integer: INTEGER_BOUNDS.CCO_BACKUP_KEEP,
      readBy: ["proxy", "console", "cco"],
    },
    {
      name: "CCO_BACKUP_FOLDER",
      meaning: "Where `cco backup` and scheduled backups keep archives, unless `--to` names another place.",
      values: "a folder that is there, or a bucket: `s3://our-backups/cco`",
      fallback: "`backups` in the data folder",
      readBy: ["proxy", "console", "cco"],
    },
    {
      name: "CCO_S3_ENDPOINT",
      meaning: "The S3-compatible storage of backups in a bucket.",
      values: "an `https://` address",
      fallback: "Amazon's, by the region",
      readBy: ["proxy", "console", "cco"],
    },
    {
      name: "CCO_S3_REGION",
      meaning: "The region of that bucket. Self-hosted storage seldom asks for one.",
      values: "as the storage names it",
      fallback: "`us-east-1`",
      readBy: ["proxy", "console", "cco"],
    },
    {
      name: "CCO_S3_ACCESS_KEY_ID",
      meaning: "The key that lists, reads, writes and deletes backups in that bucket.",
      values: "printable characters without spaces",
      fallback: "needed with `CCO_S3_ENDPOINT`; at Amazon the role of the machine",
      readBy: ["proxy", "console", "cco"],
      isSecret: true,
    },
    {
      name: "CCO_S3_SECRET_ACCESS_KEY",
      meaning: "The secret of that key.",
      values: "printable characters without spaces",
      fallback: "needed with `CCO_S3_ACCESS_KEY_ID`",
      readBy: ["proxy", "console", "cco"],
      isSecret: true,
    },
    {
      name: "CCO_S3_PATH_STYLE",
      meaning: "Puts the bucket into the path, not into the host name.",
      values: "`1` or `0`",
      fallback: "`1` with `CCO_S3_ENDPOINT`, else `0`",
      readBy: ["proxy", "console", "cco"],
    },
    {
      name: "CCO_S3_INSECURE",
      meaning: "Allows `http://` to storage on another machine: backups then travel in plain text.",
      values: "`1`",
      fallback: "refused",
      readBy: ["proxy", "console", "cco"],
    },
    {
      name: "CCO_KEEP_EVENTS_DAYS",
      meaning:
        "After how many days `cco run` archives single requests and deletes them in the database, one of all instances at a time. Totals are kept for ever. 0 keeps everything.",
      integer: INTEGER_BOUNDS.CCO_KEEP_EVENTS_DAYS,
      readBy: ["proxy", "console", "cco"],
    },
    {
      name: "CCO_ARCHIVE_FOLDER",
      meaning:
        "Where the archive of single requests is; a folder that is there. Several machines need one that they share.",
      values: "a folder",
      fallback: "`archive` in the data folder",
      readBy: ["proxy", "console", "cco"],
    },
    {
      name: "CCO_REDIS_URL",
      meaning: "Memory that several instances share. Never needed: without it each has its own.",
      values: "`redis://…` or `rediss://…`, with the number of a database behind the host where it is not 0",
      fallback: "none",
      readBy: ["proxy", "cco"],
      isSecret: true,
    },
    {
      name: "CCO_REPORTING_TZ",
      meaning: "The zone in which a day begins. Fixes the setting of the console.",
      values: "an IANA name such as `Europe/Berlin`",
      fallback: "the setting, `UTC` at first",
      readBy: ["proxy", "console", "cco"],
    },
  ],
  Alerts: [
    {
      name: "CCO_SMTP_URL",
      meaning: "The mail server of alerts, with its user and password.",
      values:
        "`smtp://user:password@host:587` or `smtps://…`; behind it `?requireTLS=true`, `?tls.rejectUnauthorized=false` or another parameter of the mail library",
      fallback: "none: no e-mail",
      readBy: ["console", "cco"],
      isSecret: true,
    },
    {
      name: "CCO_SMTP_FROM",
      meaning: "The sender of alerts.",
      values: "an address such as `CCO <cco@example.com>`",
      fallback: "none; needed with `CCO_SMTP_URL`",
      readBy: ["console", "cco"],
    },
    {
      name: "CCO_ALERT_HOSTS",
      meaning: "Hosts of a private network that webhooks of alerts may be sent to. Others there are refused.",
      values: "host names, comma between",
      fallback: "none",
      readBy: ["console", "cco"],
    },
  ],
  "Provider and keys": [
    {
      name: "CCO_UPSTREAM_URL",
      meaning: "Where model traffic goes. No request can change it.",
      values: "`https://…`, a path is allowed; no user name, password, query or fragment",
      fallback: "the Anthropic API",
      readBy: ["proxy", "cco"],
    },
    {
      name: "CCO_UPSTREAM_INSECURE",
      meaning: "Allows `http://` to a provider on another machine: keys and prompts then travel in plain text.",
      values: "`1`",
      fallback: "refused",
      readBy: ["proxy", "cco"],
    },
    {
      name: "ANTHROPIC_API_KEY",
      meaning: "The operator's key: put in for callers with a proxy key and no other credential.",
      values: "a key of the provider",
      fallback: "callers' own keys pass",
      readBy: ["proxy", "cco"],
      isSecret: true,
    },
    {
      name: "CCO_REQUIRE_KEY",
      meaning: "Serves callers with a proxy key only.",
      values: "`1` or `0`",
      fallback:
        "`1` off loopback, with an address or host name that is not this machine's own, and for what a front proxy passes on; else `0`",
      readBy: ["proxy", "console", "cco"],
    },
    {
      name: "CCO_METRICS_TOKEN",
      meaning: "A scraper's token for `/metrics`, sent as `Authorization: Bearer`.",
      values: "printable characters without spaces",
      fallback: "none",
      readBy: ["proxy", "cco"],
      isSecret: true,
    },
    {
      name: "NODE_TLS_REJECT_UNAUTHORIZED",
      meaning:
        "Node's switch for certificate checks. `0` ends the start; name an authority in `NODE_EXTRA_CA_CERTS` instead.",
      values: "not `0`",
      fallback: "certificates are checked",
      readBy: ["proxy", "cco"],
    },
  ],
  "People and sign-in": [
    {
      name: "NEXTAUTH_SECRET",
      meaning:
        "Signs the sessions of the console and seals what instances share. Instances that share anything need the same.",
      values: "printable characters without spaces",
      fallback: "`session-secret` in the data folder, made once",
      readBy: ["proxy", "console", "cco"],
      isSecret: true,
    },
    {
      name: "CCO_INIT_ADMIN_EMAIL",
      meaning: "E-mail address of the first owner, for a start without a browser.",
      values: "an e-mail address",
      fallback: "a one-time link is printed",
      readBy: ["cco"],
    },
    {
      name: "CCO_INIT_ADMIN_PASSWORD_FILE",
      meaning: "The file with the first owner's password.",
      values: "a path",
      fallback: "needed with `CCO_INIT_ADMIN_EMAIL`",
      readBy: ["cco"],
    },
    {
      name: "CCO_OIDC_ISSUER",
      meaning: "Switches sign-in by an OpenID Connect provider on ([howto](howto/oidc.md)).",
      values: "the issuer's address, without `/.well-known/openid-configuration`",
      fallback: "off",
      readBy: ["console"],
    },
    {
      name: "CCO_OIDC_CLIENT_ID",
      meaning: "The client at that provider.",
      values: "as the provider names it",
      fallback: "needed with `CCO_OIDC_ISSUER`",
      readBy: ["console"],
    },
    {
      name: "CCO_OIDC_CLIENT_SECRET",
      meaning: "The client's secret.",
      values: "as the provider gave it",
      fallback: "needed with `CCO_OIDC_ISSUER`",
      readBy: ["console"],
      isSecret: true,
    },
    {
      name: "CCO_OIDC_NAME",
      meaning: "The words on the sign-in button.",
      values: "text",
      fallback: "`Single sign-on`",
      readBy: ["console"],
    },
    {
      name: "CCO_OIDC_DEFAULT_ROLE",
      meaning: "The role of people who arrive without an invitation.",
      values: "a role, never `owner`",
      fallback: "only people who were invited may come in",
      readBy: ["console"],
    },
  ],
  OpenTelemetry: [
    {
      name: "OTEL_EXPORTER_OTLP_ENDPOINT",
      meaning:
        "Switches traces and metrics by OTLP on ([howto](howto/opentelemetry.md)): the collector that takes them. `/v1/traces` and `/v1/metrics` are put behind it.",
      values: "`http://…` or `https://…`, a path is allowed; no user name, password, query or fragment",
      fallback: "off",
      readBy: ["proxy", "cco"],
    },
    {
      name: "OTEL_EXPORTER_OTLP_HEADERS",
      meaning: "Headers of each delivery, such as the collector's token.",
      values: "`name=value`, comma between, values percent-encoded",
      fallback: "none",
      readBy: ["proxy", "cco"],
      isSecret: true,
    },
    {
      name: "OTEL_EXPORTER_OTLP_PROTOCOL",
      meaning: "The form of deliveries. There is one; another one ends the start.",
      values: "`http/protobuf`",
      fallback: "`http/protobuf`",
      readBy: ["proxy", "cco"],
    },
    {
      name: "OTEL_SERVICE_NAME",
      meaning: "The name of this service in traces and metrics.",
      values: "text",
      fallback: "`cco`",
      readBy: ["proxy", "cco"],
    },
    {
      name: "OTEL_RESOURCE_ATTRIBUTES",
      meaning: "Further attributes of everything that is sent, such as `deployment.environment.name=production`.",
      values: "`name=value`, comma between, values percent-encoded",
      fallback: "none",
      readBy: ["proxy", "cco"],
    },
    {
      name: "OTEL_TRACES_EXPORTER",
      meaning: "Whether traces are sent.",
      values: "`otlp` or `none`",
      fallback: "`otlp`",
      readBy: ["proxy", "cco"],
    },
    {
      name: "OTEL_METRICS_EXPORTER",
      meaning: "Whether metrics are sent.",
      values: "`otlp` or `none`",
      fallback: "`otlp`",
      readBy: ["proxy", "cco"],
    },
    {
      name: "OTEL_TRACES_SAMPLER",
      meaning: "Which requests are traced. `parentbased_…`: of a caller who sends `traceparent`, those that it traces.",
      values:
        "`parentbased_traceidratio`, `parentbased_always_on`, `parentbased_always_off`, `traceidratio`, `always_on`, `always_off`",
      fallback: "`parentbased_traceidratio`",
      readBy: ["proxy", "cco"],
    },
    {
      name: "OTEL_TRACES_SAMPLER_ARG",
      meaning: "The share of requests that `…traceidratio` traces.",
      values: "0 to 1",
      fallback: "0.01",
      readBy: ["proxy", "cco"],
    },
    {
      name: "OTEL_METRIC_EXPORT_INTERVAL",
      meaning: "How often metrics are sent.",
      values: "milliseconds, 1,000 to 3,600,000",
      fallback: "60000",
      readBy: ["proxy", "cco"],
    },
    {
      name: "OTEL_SEMCONV_STABILITY_OPT_IN",
      meaning: "`gen_ai_latest_experimental` adds the instruments of the newest GenAI conventions.",
      values: "names, comma between",
      fallback: "none",
      readBy: ["proxy", "cco"],
    },
    {
      name: "OTEL_SDK_DISABLED",
      meaning: "`true` switches traces and metrics off, with an endpoint too.",
      values: "`true` or `false`",
      fallback: "`false`",
      readBy: ["proxy", "cco"],
    },
  ],
  "Logs and the command line": [
    {
      name: "CCO_LOG_REQUESTS",
      meaning:
        "Logs one line a request, at level `info`: ids, models, decision, status, duration, tokens and cost; nothing of a prompt, no key, no person.",
      values: "`1` or `0`",
      fallback: "`0`",
      readBy: ["proxy", "cco"],
    },
    {
      name: "CCO_LOG_LEVEL",
      meaning: "What is logged. `debug` adds a stack to an unexpected end of a command.",
      values: "`error`, `warn`, `info`, `debug`, `silent`",
      fallback: "`info`",
      readBy: ["proxy", "cco"],
      flag: "--log-level",
    },
    {
      name: "CCO_NO_INPUT",
      meaning: "Commands that ask for a confirmation end with code 2 instead, as without a terminal.",
      values: "anything",
      fallback: "they ask",
      readBy: ["cco"],
    },
    {
      name: "CCO_URL",
      meaning: "The server that commands ask, with `CCO_TOKEN`, instead of this machine's data folder.",
      values: "`http://…` or `https://…`",
      fallback: "this machine",
      readBy: ["cco"],
      flag: "--url",
    },
    {
      name: "CCO_TOKEN",
      meaning: "The access token of commands that ask `CCO_URL`.",
      values: "`ccoat_…`, from Settings",
      fallback: "none",
      readBy: ["cco"],
      isSecret: true,
    },
    {
      name: "CCO_STATUSLINE_TIMEOUT_MS",
      meaning: "How long `cco statusline` waits for the server before it prints nothing.",
      values: "milliseconds",
      fallback: "300",
      readBy: ["cco"],
    },
    {
      name: "CCO_PROXY_KEY",
      meaning: "The proxy key that `cco connect claude` writes into the settings of Claude Code.",
      values: "`cco_…`, from Connect",
      fallback: "no key is written",
      readBy: ["cco"],
      isSecret: true,
    },
    {
      name: "NO_COLOR",
      meaning: "Switches colours of the command line off, as `--no-color` does.",
      values: "anything",
      fallback: "colours on a terminal",
      readBy: ["cco"],
    },
  ],
};
