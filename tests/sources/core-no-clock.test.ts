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
  isObjectLiteralExpression,
  isParameterDeclaration,
  isPropertyAccessExpression,
  isShorthandPropertyAssignment,
  isSourceFile,
  isSpreadElement,
  isTypeAliasDeclaration,
  isTypeNode,
  isVariableDeclaration,
} from "typescript/unstable/ast/is";
import { describe, expect, it } from "vitest";
import { parseSources, parseTexts } from "#tests/support/parse-sources.ts";

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
];

const allowed = [
  "new Date(1)",
  "Date.UTC(2026, 1)",
  "Date.parse(text); declare const other: Date; const text = ''",
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
  const found = new Set<string>();
  const visit = (node: Node): undefined => {
    if (isErased(node)) return;
    const name = nameImpure(node, declared);
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

function nameImpure(node: Node, declared: ReadonlyMap<Node, ReadonlySet<string>>): string | null {
  if (isMetaProperty(node) && node.keywordToken === SyntaxKind.ImportKeyword) return "import.meta";
  if (isPropertyAccessExpression(node)) {
    const { text } = node.name;
    if (LOCAL.test(text) || text.startsWith("toLocale")) return text;
  }
  if (isCallExpression(node) && isPropertyAccessExpression(node.expression) && node.arguments.length === 0) {
    const { text } = node.expression.name;
    // A formatter of dates without a date formats the present time.
    if (text === "formatToParts" || text === "format") return `${text}()`;
  }
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
  if (member !== null) return member === "parse" || member === "UTC" ? null : `Date.${member}`;
  if (isBinaryExpression(parent) && parent.operatorToken.kind === SyntaxKind.InstanceOfKeyword) return null;
  if (!isNewExpression(parent) || parent.expression !== node) return "Date";
  const [first] = parent.arguments ?? [];
  return first === undefined || isSpreadElement(first) ? "new Date()" : null;
}

/** Refuses formatters that take the language or the time zone of the machine. */
function judgeIntl(access: Node, member: string | null): string | null {
  if (member === null) return "Intl";
  if (!isNewExpression(access.parent)) return null;
  const [language, options] = access.parent.arguments ?? [];
  if (language === undefined) return `new Intl.${member} without its language`;
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
