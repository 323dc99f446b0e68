// Long because the planted lines, each with what is found in it, stand beside the reader that they test.

import { type Node, type SourceFile, SyntaxKind } from "typescript/unstable/ast";
import {
  isBinaryExpression,
  isBindingElement,
  isBlock,
  isBreakOrContinueStatement,
  isCallExpression,
  isCaseBlock,
  isCatchClause,
  isClassDeclaration,
  isClassExpression,
  isElementAccessExpression,
  isExportSpecifier,
  isExpressionWithTypeArguments,
  isForInStatement,
  isForOfStatement,
  isForStatement,
  isFunctionDeclaration,
  isFunctionExpression,
  isFunctionLikeDeclaration,
  isHeritageClause,
  isIdentifier,
  isImportClause,
  isImportSpecifier,
  isInterfaceDeclaration,
  isLabeledStatement,
  isMetaProperty,
  isNamespaceImport,
  isNewExpression,
  isNoSubstitutionTemplateLiteral,
  isObjectBindingPattern,
  isObjectLiteralExpression,
  isParameterDeclaration,
  isPropertyAccessExpression,
  isShorthandPropertyAssignment,
  isSourceFile,
  isSpreadElement,
  isStringLiteral,
  isTemplateExpression,
  isTemplateSpan,
  isTypeAliasDeclaration,
  isTypeNode,
  isVariableDeclaration,
} from "typescript/unstable/ast/is";
import { describe, expect, it } from "vitest";
import { parseSources, parseTexts } from "#tests/support/parse-sources.ts";
import { visitAll } from "#tests/support/read-imports.ts";

/**
 * Globals of the language that give the same answer at any time, on any machine. A name that is neither declared in its
 * file nor listed here is refused in `core`: clocks, chance, timers, the network, the environment and files have one.
 */
const PURE =
  /^(undefined|NaN|Infinity|Array|ArrayBuffer|BigInt|Boolean|DataView|Date|Intl|JSON|Map|Math|Number|Object|Promise|Reflect|RegExp|Set|String|Symbol|TextDecoder|TextEncoder|URL|URLSearchParams|WeakMap|WeakSet|WebAssembly|\w*Error|Big(Ui|I)nt64Array|(Ui|I)nt\d+Array|Uint8ClampedArray|Float\d+Array|parseInt|parseFloat|isNaN|isFinite|(en|de)codeURI(Component)?|atob|btoa|structuredClone)$/;

/** What one file may use beside them. */
const exceptions: readonly { file: string; name: string; why: string }[] = [
  {
    file: "core/access/own-secrets.ts",
    name: "Buffer",
    why: "base64 in any spelling, which `atob` refuses; the argument is all it reads",
  },
  {
    file: "core/activity/compile-object.ts",
    name: "Function",
    why: "an object literal compiled from names of the event's schema, never from input",
  },
];

/** Members of a date that answer in the time zone of the machine, and members that read its language. */
const LOCAL =
  /^(get|set)(Date|Day|FullYear|Hours|Milliseconds|Minutes|Month|Seconds|Year)$|^getTimezoneOffset$|^to(Date|Time)String$/;

const isLocal = (name: string): boolean => LOCAL.test(name) || name.startsWith("toLocale");

/** The zone at the end of a text that names an instant. */
const ZONE = /(Z|[+-]\d\d:\d\d)$/;

const refused: [text: string, name: string][] = [
  ["Date.now()", "Date.now"],
  ["Date['now']()", "Date"],
  ["new Date()", "new Date()"],
  ["new Date", "new Date()"],
  ["new Date(...[])", "new Date()"],
  ["Date()", "Date"],
  ["const { now } = Date", "Date"],
  ["const Clock = Date", "Date"],
  ["Math.random()", "Math.random"],
  ["const { random } = Math", "Math"],
  ["performance.now()", "performance"],
  ["fetch('http://localhost')", "fetch"],
  ["new WebSocket('ws://localhost')", "WebSocket"],
  ["process.env.HOME", "process"],
  ["const { env } = process", "process"],
  ["process.getBuiltinModule('node:net')", "process"],
  ["globalThis.process", "globalThis"],
  ["global.process", "global"],
  ["require('node:fs')", "require"],
  ["setTimeout(() => {}, 1)", "setTimeout"],
  ["setInterval(() => {}, 1)", "setInterval"],
  ["setImmediate(() => {})", "setImmediate"],
  ["queueMicrotask(() => {})", "queueMicrotask"],
  ["AbortSignal.timeout(1)", "AbortSignal"],
  ["crypto.randomUUID()", "crypto"],
  ["crypto.getRandomValues(new Uint8Array(1))", "crypto"],
  ["console.log(1)", "console"],
  ["eval('1')", "eval"],
  ["new Function('return process')", "Function"],
  ["Buffer.from('a')", "Buffer"],
  ["import.meta.dirname", "import.meta"],
  ["declare const process: { env: object }; process.env", "process"],
  ["const now = { process }", "process"],
  ["class A extends Worker {}", "Worker"],
  ["new Date(0).getHours()", "getHours"],
  ["new Date(0).toLocaleString()", "toLocaleString"],
  ["new Intl.DateTimeFormat('en', { timeZone: 'UTC' }).format()", "format()"],
  ["new Intl.DateTimeFormat('en', { timeZone: 'UTC' }).formatToParts()", "formatToParts()"],
  ["new Intl.DateTimeFormat('en').format(0)", "new Intl.DateTimeFormat without its zone"],
  ["new Intl.NumberFormat().format(0)", "new Intl.NumberFormat without its language"],
  ["function f(fetch: () => void) { fetch(); } fetch('')", "fetch"],
  ["new Date(2026, 1, 1)", "new Date of parts"],
  ["new Date('2026-01-01T10:00')", "new Date of a text without its zone"],
  [`const day = 'a'; new Date(\`\${day}T00:00:00\`)`, "new Date of a text without its zone"],
  ["Date.parse('1 May 2026')", "Date.parse of a text without its zone"],
  [`const day = 'a'; Date.parse(\`\${day}T00:00\`)`, "Date.parse of a text without its zone"],
  ["const day = 'a'; Date.parse(day)", "Date.parse of a text without its zone"],
  ["new Date(0).toString()", "toString() of a date"],
  ["const at = new Date(0); at.toString()", "toString() of a date"],
  [`const f = (at: Date) => \`at \${at}\``, "toString() of a date"],
  ["const f = (at: Date | null) => String(at)", "toString() of a date"],
  ["const at = new Date(0); 'at ' + at", "toString() of a date"],
  ["new Date(0)['getHours']()", "getHours"],
  ["const { getHours } = new Date(0)", "getHours"],
  ["['b', 'a'].sort((a, b) => a.localeCompare(b))", "localeCompare without its language"],
  ["'a'.localeCompare('b', undefined)", "localeCompare without its language"],
  ["(1).toLocaleString('en')", "toLocaleString"],
  ["'a'.toLocaleUpperCase()", "toLocaleUpperCase"],
  ["new Intl.NumberFormat(undefined).format(0)", "new Intl.NumberFormat without its language"],
  ["Intl.NumberFormat('en').format(0)", "Intl.NumberFormat"],
  ["Intl.DateTimeFormat().resolvedOptions().timeZone", "Intl.DateTimeFormat"],
];

const allowed = [
  "new Date(1)",
  "Date.UTC(2026, 1)",
  `declare const other: Date; const day = ''; Date.parse(\`\${day}T00:00:00Z\`) + Date.parse('2026-01-01')`,
  "new Date('2026-01-01T10:00:00+02:00').toISOString()",
  `const f = (at: Date, count: number) => \`\${at.getTime()} \${at.toISOString()} \${count.toString()}\``,
  "['b', 'a'].sort((a, b) => a.localeCompare(b, 'en'))",
  "function f(fetch: () => void, process: { env: object }) { fetch(); return process.env; }",
  "const window = 1; const a = { window }; const b = { process: window }; b.process",
  "const f = ({ fetch: performance }: { fetch: number }) => performance",
  "type Of = typeof globalThis; interface A { process: NodeJS.Process; Date(): void }",
  "new Intl.DateTimeFormat('en', { timeZone: 'UTC' }).format(new Date(1))",
  "import { process } from './a.ts'; process.env",
  "for (const process of [1]) process; try {} catch (fetch) { fetch }",
  "label: for (;;) break label",
];

const PLANTED = "core/planted.ts";

describe("core", () => {
  const core = parseSources(["core"]);
  const texts = [...refused.map(([text]) => text), ...allowed];
  const parsed = parseTexts(Object.fromEntries(texts.map((text, index) => [`core/planted-${index}.ts`, text])));
  const judge = (text: string): string[] => {
    const file = parsed.get(`core/planted-${texts.indexOf(text)}.ts`);
    if (file === undefined) throw new Error(`not parsed: ${text}`);
    return findImpure(PLANTED, file);
  };

  it("uses no clock, no chance, no timer and nothing of the machine", () => {
    const found = [...core].flatMap(([path, file]) => findImpure(path, file));

    expect(core.size).toBeGreaterThan(100);
    expect(found).toEqual([]);
  });

  it("needs each of the exceptions", () => {
    const unneeded = exceptions.filter(({ file, name }) => {
      const parsed = core.get(file);
      return parsed === undefined || !findImpure("", parsed).includes(`: ${name}`);
    });

    expect(unneeded).toEqual([]);
  });

  it("is not alone: no source compares texts in the language of the machine", () => {
    const folders = ["config", "store", "control", "proxy", "app", "cli"];
    const found = [...parseSources(folders)].flatMap(([path, file]) => {
      const places: string[] = [];
      visitAll(file, (node) => {
        if (isUnlocalisedCompare(node)) places.push(path);
      });
      return places;
    });

    expect(found).toEqual([]);
  });

  it.each(refused)("refuses %s", (text, name) => {
    expect(judge(text)).toEqual([`${PLANTED}: ${name}`]);
  });

  it.each(allowed)("allows %s", (text) => {
    expect(judge(text)).toEqual([]);
  });
});

/** Lists what a file uses of the machine, each as "path: name". */
function findImpure(path: string, file: SourceFile): string[] {
  const declared = collectDeclared(file);
  const dates = collectDates(file);
  const found = new Set<string>();
  const visit = (node: Node): undefined => {
    if (isErased(node)) return;
    const name = nameImpure(node, declared, dates);
    if (name !== null && !exceptions.some((one) => one.file === path && one.name === name)) found.add(name);
    node.forEachChild(visit);
    return undefined;
  };
  visit(file);
  return [...found].map((name) => `${path}: ${name}`);
}

/** Whether a node is gone when the code runs. What a class extends is an expression, though the parser counts it as a type. */
function isErased(node: Node): boolean {
  if (isHeritageClause(node)) return node.token === SyntaxKind.ImplementsKeyword;
  if (isTypeNode(node)) return !isExpressionWithTypeArguments(node);
  return isInterfaceDeclaration(node) || isTypeAliasDeclaration(node) || hasDeclareKeyword(node);
}

function nameImpure(
  node: Node,
  declared: ReadonlyMap<Node, ReadonlySet<string>>,
  dates: ReadonlySet<string>,
): string | null {
  if (isMetaProperty(node) && node.keywordToken === SyntaxKind.ImportKeyword) return "import.meta";
  if (isPropertyAccessExpression(node)) {
    const { text } = node.name;
    if (isLocal(text)) return text;
  }
  if (isElementAccessExpression(node) && isStringLiteral(node.argumentExpression)) {
    if (isLocal(node.argumentExpression.text)) return node.argumentExpression.text;
  }
  if (isBindingElement(node) && isObjectBindingPattern(node.parent)) {
    const taken = node.propertyName ?? node.name;
    if (taken !== undefined && isIdentifier(taken) && isLocal(taken.text)) return taken.text;
  }
  if (isDateAsText(node, dates)) return "toString() of a date";
  if (isCallExpression(node) && isPropertyAccessExpression(node.expression) && node.arguments.length === 0) {
    const { text } = node.expression.name;
    // A formatter of dates without a date formats the present time.
    if (text === "formatToParts" || text === "format") return `${text}()`;
  }
  if (isUnlocalisedCompare(node)) return "localeCompare without its language";
  if (!isIdentifier(node) || !isReference(node) || isDeclared(node, declared)) return null;
  const { parent } = node;
  const member = isPropertyAccessExpression(parent) ? parent.name.text : null;
  if (node.text === "Date") return judgeDate(node, member);
  if (node.text === "Math") return member === null || member === "random" ? joinName("Math", member) : null;
  if (node.text === "Intl") return judgeIntl(parent, member);
  return PURE.test(node.text) ? null : node.text;
}

const joinName = (name: string, member: string | null): string => (member === null ? name : `${name}.${member}`);

function judgeDate(node: Node, member: string | null): string | null {
  const { parent } = node;
  if (member === "UTC") return null;
  if (member === "parse") {
    const call = parent.parent;
    const text = isCallExpression(call) && call.expression === parent ? call.arguments[0] : undefined;
    return text !== undefined && saysZone(text) === true ? null : "Date.parse of a text without its zone";
  }
  if (member !== null) return `Date.${member}`;
  if (isBinaryExpression(parent) && parent.operatorToken.kind === SyntaxKind.InstanceOfKeyword) return null;
  if (!isNewExpression(parent) || parent.expression !== node) return "Date";
  const [first, second] = parent.arguments ?? [];
  if (first === undefined || isSpreadElement(first)) return "new Date()";
  if (second !== undefined) return "new Date of parts";
  return saysZone(first) === false ? "new Date of a text without its zone" : null;
}

/** Whether a text names an instant on any machine: it has a zone, or is a date alone. Null for what is no literal. */
function saysZone(node: Node): boolean | null {
  if (isStringLiteral(node) || isNoSubstitutionTemplateLiteral(node))
    return /^\d{4}-\d\d-\d\d$/.test(node.text) || ZONE.test(node.text);
  return isTemplateExpression(node) ? ZONE.test(node.templateSpans.at(-1)?.literal.text ?? "") : null;
}

/** Names that a file declares as dates: by a type that names `Date`, or by `new Date`. */
function collectDates(file: SourceFile): Set<string> {
  const dates = new Set<string>();
  visitAll(file, (node) => {
    if (!(isVariableDeclaration(node) || isParameterDeclaration(node)) || !isIdentifier(node.name)) return;
    const isTyped = node.type !== undefined && /^Date\b(?!\[)/.test(node.type.getText(file));
    if (isTyped || (node.initializer !== undefined && isNewDate(node.initializer))) dates.add(node.name.text);
  });
  return dates;
}

const isNewDate = (node: Node): boolean =>
  isNewExpression(node) && isIdentifier(node.expression) && node.expression.text === "Date";

/** Whether a date becomes a text in the machine's zone. A template, `String`, `toString` and a sum of texts do that. */
function isDateAsText(node: Node, dates: ReadonlySet<string>): boolean {
  const isDate = (one: Node): boolean => isNewDate(one) || (isIdentifier(one) && dates.has(one.text));
  if (isTemplateSpan(node)) return isDate(node.expression);
  if (isBinaryExpression(node) && node.operatorToken.kind === SyntaxKind.PlusToken)
    return isDate(node.left) || isDate(node.right);
  if (!isCallExpression(node)) return false;
  const { expression, arguments: given } = node;
  if (isPropertyAccessExpression(expression))
    return expression.name.text === "toString" && isDate(expression.expression);
  return isIdentifier(expression) && expression.text === "String" && given.some(isDate);
}

/** Whether a node compares two texts in the language of the machine. */
function isUnlocalisedCompare(node: Node): boolean {
  if (!isPropertyAccessExpression(node) || node.name.text !== "localeCompare") return false;
  const { parent } = node;
  const language = isCallExpression(parent) && parent.expression === node ? parent.arguments[1] : undefined;
  return language === undefined || isUndefined(language);
}

const isUndefined = (node: Node): boolean => isIdentifier(node) && node.text === "undefined";

/** Refuses formatters that take the language or the time zone of the machine. */
function judgeIntl(access: Node, member: string | null): string | null {
  if (member === null) return "Intl";
  if (isCallExpression(access.parent) && access.parent.expression === access && /^[A-Z]/.test(member))
    return `Intl.${member}`;
  if (!isNewExpression(access.parent)) return null;
  const [language, options] = access.parent.arguments ?? [];
  if (language === undefined || isUndefined(language)) return `new Intl.${member} without its language`;
  if (member !== "DateTimeFormat") return null;
  const hasZone =
    options !== undefined &&
    isObjectLiteralExpression(options) &&
    options.properties.some((one) => "name" in one && (one.name as { text?: string } | undefined)?.text === "timeZone");
  return hasZone ? null : `new Intl.${member} without its zone`;
}

/** Whether an identifier stands for a value: it names neither a member nor what is being declared. */
function isReference(node: Node): boolean {
  const { parent } = node;
  if (isShorthandPropertyAssignment(parent)) return true;
  if ("name" in parent && parent.name === node) return false;
  if (isBindingElement(parent)) return parent.initializer === node;
  return !(
    isImportSpecifier(parent) ||
    isExportSpecifier(parent) ||
    isLabeledStatement(parent) ||
    isBreakOrContinueStatement(parent) ||
    isMetaProperty(parent)
  );
}

const isScope = (node: Node): boolean =>
  isSourceFile(node) ||
  isBlock(node) ||
  isCaseBlock(node) ||
  isCatchClause(node) ||
  isForStatement(node) ||
  isForInStatement(node) ||
  isForOfStatement(node) ||
  isFunctionLikeDeclaration(node) ||
  isClassExpression(node);

const findScope = (node: Node): Node => (isScope(node) ? node : findScope(node.parent));

/** Names that each scope of a file declares. `declare` creates nothing, so its names are not among them. */
function collectDeclared(file: SourceFile): Map<Node, Set<string>> {
  const declared = new Map<Node, Set<string>>();
  const add = (scope: Node, name: Node | undefined): void => {
    if (name === undefined || !isIdentifier(name)) return;
    const names = declared.get(scope) ?? new Set();
    declared.set(scope, names.add(name.text));
  };
  const visit = (node: Node): undefined => {
    if (hasDeclareKeyword(node)) return;
    if (isVariableDeclaration(node) || isParameterDeclaration(node) || isBindingElement(node))
      add(findScope(node.parent), node.name);
    else if (isFunctionDeclaration(node) || isClassDeclaration(node)) add(findScope(node.parent), node.name);
    else if (isFunctionExpression(node) || isClassExpression(node)) add(node, node.name);
    else if (isImportClause(node) || isImportSpecifier(node) || isNamespaceImport(node)) add(file, node.name);
    node.forEachChild(visit);
    return undefined;
  };
  visit(file);
  return declared;
}

const hasDeclareKeyword = (node: Node): boolean =>
  "modifiers" in node &&
  (node.modifiers as readonly Node[] | undefined)?.some(({ kind }) => kind === SyntaxKind.DeclareKeyword) === true;

function isDeclared(node: Node & { text: string }, declared: ReadonlyMap<Node, ReadonlySet<string>>): boolean {
  for (let at: Node | undefined = node; at !== undefined; at = at.parent)
    if (declared.get(at)?.has(node.text) === true) return true;
  return false;
}
