import { ERROR_HELP, exampleAnswer } from "#core/error-help.ts";
import { ERROR_CODES, type ErrorCode, errorEntry } from "#core/errors.ts";

/** The pages of `docs/errors/`: one per code of the catalogue and an index. Path from the root of the project → text. */
export function buildErrorPages(): Map<string, string> {
  const pages = ERROR_CODES.map((code): [string, string] => [`docs/errors/${code}.md`, buildPage(code)]);
  return new Map([["docs/errors/README.md", buildIndex()], ...pages]);
}

function buildPage(code: ErrorCode): string {
  const { status, text, type, code: apiCode } = errorEntry(code);
  const { doors, meaning, seenBy, steps, example } = ERROR_HELP[code];
  const facts = [
    `HTTP ${status}`,
    ...(doors.includes("model") ? [`\`type\` at \`/v1\`: \`${type}\``] : []),
    ...(doors.includes("api") ? [`\`code\` at \`/api\`: \`${apiCode}\``] : []),
  ];
  return `# ${code}

> ${text}

${facts.join(" · ")}

## What to do

${steps.map((step, index) => `${index + 1}. ${step}`).join("\n")}

## What it means

${meaning}

## Who sees it

${seenBy}

## Example

${example}

\`\`\`http
${exampleAnswer(code)}
\`\`\`
`;
}

function buildIndex(): string {
  const rows = ERROR_CODES.map((code) => {
    const { status, text } = errorEntry(code);
    return `| [\`${code}\`](${code}.md) | ${status} | ${text} |`;
  });
  return `# Errors of CCO

What CCO itself refuses. Each refusal names its page in the header \`link\` (\`</errors/<code>>; rel="help"\`), at \`/v1\` also in the field \`help\` of its body;
the console serves these pages at \`/errors\`, without a sign-in. Errors of the model provider pass through unchanged.

Written by \`npm run docs\` from \`core/errors.ts\` and \`core/error-help.ts\`.

| code | status | says |
|---|---|---|
${rows.join("\n")}
`;
}
