import { ENVIRONMENT, type EnvironmentReader, type EnvironmentVariable } from "#config/environment.ts";

/** `docs/configuration.md`: every environment variable that an operator may set, with its values, default and readers. */
export function buildConfigurationPage(): string {
  const sections = Object.entries(ENVIRONMENT).map(([subject, variables]) => buildSection(subject, variables));
  return `# Configuration

A flag wins over the environment, the environment over the default. A wrong value ends the start with one line per mistake (exit code 3; 2 if it came by a flag).
A variable marked *secret* may be given as \`NAME_FILE\` instead, which names a regular file with the value, or a link to one; that file must not be writable by others (exit code 77).
Rules and the response cache are set in the [rules file](howto/write-rules.md), prices in the [model catalogue](howto/add-a-model-price.md) and on the page [Prices](howto/set-own-prices.md), limits, roles and the organisation in the console.

Written by \`npm run docs\` from \`config/environment.ts\`, by which the environment is read.

${sections.join("\n")}`;
}

function buildSection(subject: string, variables: readonly EnvironmentVariable[]): string {
  return `## ${subject}

| variable | sets | values | default | read by |
|---|---|---|---|---|
${variables.map(buildRow).join("\n")}
`;
}

function buildRow(variable: EnvironmentVariable): string {
  const { name, meaning, readBy, isSecret, flag } = variable;
  const names = [`\`${name}\``, ...(flag ? [`\`${flag}\``] : []), ...(isSecret ? ["*secret*"] : [])].join(", ");
  const cells = [names, meaning, formatValues(variable), formatFallback(variable), readBy.map(formatReader).join(", ")];
  return `| ${cells.join(" | ")} |`;
}

function formatValues({ integer, values = "" }: EnvironmentVariable): string {
  return integer ? `${formatNumber(integer.least)} to ${formatNumber(integer.most)}` : values;
}

function formatFallback({ integer, fallback = "" }: EnvironmentVariable): string {
  if (!integer) return fallback;
  return `\`${integer.fallback}\`${integer.unit === undefined ? "" : ` ${integer.unit}`}`;
}

const formatNumber = (value: number): string => value.toLocaleString("en-US");
const formatReader = (reader: EnvironmentReader): string => (reader === "cco" ? "`cco`" : reader);
