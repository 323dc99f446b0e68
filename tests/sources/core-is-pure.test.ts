// Long because what is looked for and how the syntax tree is read for it stand together.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type ClassDeclaration,
  type Expression,
  type Node,
  NodeFlags,
  type SourceFile,
  SyntaxKind,
  type VariableDeclaration,
} from "typescript/unstable/ast";
import {
  isArrayBindingPattern,
  isArrayLiteralExpression,
  isArrowFunction,
  isAsExpression,
  isBinaryExpression,
  isCallExpression,
  isClassDeclaration,
  isDeleteExpression,
  isElementAccessExpression,
  isForOfStatement,
  isFunctionDeclaration,
  isFunctionExpression,
  isFunctionLikeDeclaration,
  isIdentifier,
  isMethodDeclaration,
  isNewExpression,
  isNonNullExpression,
  isObjectBindingPattern,
  isParameterDeclaration,
  isParenthesizedExpression,
  isPostfixUnaryExpression,
  isPrefixUnaryExpression,
  isPrivateIdentifier,
  isPropertyAccessExpression,
  isPropertyAssignment,
  isPropertyDeclaration,
  isRegularExpressionLiteral,
  isSatisfiesExpression,
  isSourceFile,
  isVariableDeclaration,
  isVariableStatement,
} from "typescript/unstable/ast/is";
import { describe, expect, it } from "vitest";
import { NO_CACHES } from "#tests/support/no-caches.ts";
import { parseSources, parseTexts } from "#tests/support/parse-sources.ts";

/**
 * State in `core`: no module-level variable outlives a call but constants and the kinds of `core/memo.ts`. The test reads
 * syntax only: it sees what a module declares and writes to, not a closure that a called function returns.
 */
const sources = parseSources(["core", "config", "store", "control", "proxy", "app", "cli"]);
const core = new Map([...sources].filter(([path]) => path.startsWith("core/")));

const KINDS = ["BoundedCache", "PerObject"];
/**
 * Constructors of caches and of maps from objects to what belongs to them, wherever they are. Outside `core` other
 * kinds are in use too.
 */
const CACHES = [...KINDS, "LRUCache", "PerHead", "WeakMap"];
/** Layers whose objects live as long as a process. Those of `core` and `config` live with who made them. */
const GROWING = /^(store|control|proxy|app|cli)\//;
const EMPTY_MEMORY = /^(Map|Set|WeakMap|WeakSet|Array|ArrayBuffer|DataView|Buffer|\w+Array)$/;
const WRITERS =
  /^(set|add|delete|clear|push|pop|shift|unshift|splice|sort|reverse|fill|copyWithin|append|write\w*|set[A-Z]\w*)$/;

describe("core", () => {
  it("declares no module-level variable that is assigned again", () => {
    const found = [...core].flatMap(([path, file]) =>
      moduleVariables(file)
        .filter(({ isConst }) => !isConst)
        .map(({ name }) => `${path}: let ${name}`),
    );

    expect(core.size).toBeGreaterThan(100);
    expect(found).toEqual([]);
  });

  it("declares no module-level memory that is meant to be written, other than the kinds of core/memo.ts", () => {
    const mutable = mutableClasses();
    const found = [...core].flatMap(([path, file]) =>
      moduleVariables(file).flatMap(({ name, value }) => {
        const why = value === null || isKindOfMemo(value) ? null : whyMutable(value, mutable);
        return why === null ? [] : [`${path}: ${name} is ${why}`];
      }),
    );

    expect(found).toEqual([]);
  });

  it("writes to no constant of a module", () => {
    const kept = new Set(
      [...core].flatMap(([path, file]) =>
        moduleVariables(file)
          .filter(({ value }) => value !== null && isKindOfMemo(value))
          .map(({ name }) => `${path} ${name}`),
      ),
    );
    const names = new Set([...kept].map((key) => key.split(" ")[1]));
    const found = [...core].flatMap(([path, file]) => {
      const own = new Set(moduleVariables(file).map(({ name }) => name));
      const watched = new Set([...own, ...importedNames(file)]);
      return writesTo(file, watched)
        .filter((name) => !(own.has(name) ? kept.has(`${path} ${name}`) : names.has(name)))
        .map((name) => `${path} writes to ${name}`);
    });

    expect(found).toEqual([]);
  });

  it.each([
    ["function f() { state.last = 1; }", ["state"]],
    ["function f() { const held = state; held.last = 1; }", ["state"]],
    ["function f() { const held = state; const inner = held.inner; inner.push(1); }", ["state"]],
    ["const f = () => { const { inner } = state; inner[0] = 1; delete inner[1]; };", ["state"]],
    ["function f() { for (const one of state.list) one.last = 1; }", ["state"]],
    ["function f() { const held = state; Object.assign(held, {}); }", ["state"]],
    ["function f() { const held = state; return () => { held.count++; }; }", ["state"]],
    ["function f() { let held = state.last; held = 1; held += 1; }", []],
    ["function f() { const held = state; } function g(held) { held.last = 1; }", []],
    ["function f() { const held = [...state]; held.push(1); }", []],
  ])("is seen to be written to: %s", (text, names) => {
    const [file] = parseTexts({ "core/planted.ts": text }).values();

    expect(file !== undefined && writesTo(file, new Set(["state"]))).toEqual(names);
  });

  it("keeps nothing in static properties of classes", () => {
    const found = [...core].flatMap(([path, file]) =>
      listClasses(file).flatMap((one) =>
        one.members
          .filter((member) => isPropertyDeclaration(member) && hasModifier(member, SyntaxKind.StaticKeyword))
          .filter((member) => !hasModifier(member, SyntaxKind.ReadonlyKeyword))
          .map(() => `${path}: ${one.name?.text}`),
      ),
    );

    expect(found).toEqual([]);
  });
});

describe("docs/caches.md", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/caches.md"), "utf8");
  const listed = [...page.matchAll(/^\| `([\w./()[\]-]+\.tsx?)` \| `(\w+)` \|/gm)].map(
    ([, path, name]) => `${path} ${name}`,
  );
  const fields = [...sources].flatMap(([path, file]) => (GROWING.test(path) ? listCollections(path, file) : []));
  const noCaches: readonly string[] = Object.values(NO_CACHES).flat();
  const created = [...new Set([...sources].flatMap(([path, file]) => cachesIn(path, file)))];
  const written = [...created, ...fields.filter((key) => !noCaches.includes(key) && !created.includes(key))];

  it("lists every cache of the product", () => {
    expect(written.length).toBeGreaterThan(30);
    expect(written.filter((key) => !listed.includes(key))).toEqual([]);
  });

  it("is beside a list of the collections of classes that are no caches, each of which exists", () => {
    expect(fields.length).toBeGreaterThan(50);
    expect(noCaches.filter((key) => !fields.includes(key))).toEqual([]);
    expect(noCaches.filter((key, index) => noCaches.indexOf(key) !== index || created.includes(key))).toEqual([]);
  });

  it.each([
    ["class A { private readonly names = new Map<string, number>(); }", ["names"]],
    ["class A { static names = new Set(); #known = new Set<string>(); }", ["names", "#known"]],
    ["class A { names: Map<string, number>; constructor() { this.names = new Map(); } }", ["names"]],
    ["class A { names: Set<string> | null = null; rows: string[] = []; }", ["names", "rows"]],
    ["class A { constructor(private readonly names = new Map<string, number>()) {} }", ["names"]],
    ["const make = () => class { names = new Array<string>(); };", ["names"]],
    ["class A { names: ReadonlyMap<string, number> = new Map(); rows: readonly string[] = []; }", []],
    ["class A { read(): void { const names = new Map(); } }", []],
  ])("sees the collections of %s", (text, names) => {
    const [file] = parseTexts({ "proxy/planted.ts": text }).values();

    expect(file !== undefined && listCollections("a", file)).toEqual(names.map((name) => `a ${name}`));
  });

  it("lists no cache that is not in the code", () => {
    expect(listed.filter((key) => !written.includes(key))).toEqual([]);
  });

  it("lists each cache once", () => {
    expect(listed.filter((key, index) => listed.indexOf(key) !== index)).toEqual([]);
  });
});

interface ModuleVariable {
  name: string;
  isConst: boolean;
  value: Expression | null;
}

function moduleVariables(file: SourceFile): ModuleVariable[] {
  return file.statements.flatMap((statement) => {
    if (!isVariableStatement(statement)) return [];
    const isConst = (statement.declarationList.flags & NodeFlags.Const) !== 0;
    return statement.declarationList.declarations.flatMap((declaration) =>
      listNames(declaration).map((name) => ({
        name,
        isConst,
        value: declaration.initializer === undefined ? null : bare(declaration.initializer),
      })),
    );
  });
}

function listNames({ name }: VariableDeclaration): string[] {
  if (isIdentifier(name)) return [name.text];
  if (!isArrayBindingPattern(name) && !isObjectBindingPattern(name)) return [];
  return name.elements.flatMap((element) =>
    "name" in element && element.name !== undefined && isIdentifier(element.name) ? [element.name.text] : [],
  );
}

/** An expression without what only the type checker reads. */
function bare(node: Expression): Expression {
  if (
    isParenthesizedExpression(node) ||
    isAsExpression(node) ||
    isSatisfiesExpression(node) ||
    isNonNullExpression(node)
  )
    return bare(node.expression);
  return node;
}

const nameOfCallee = (node: Expression): string => (isIdentifier(node) ? node.text : "");

const isKindOfMemo = (value: Expression): boolean =>
  (isNewExpression(value) && KINDS.includes(nameOfCallee(value.expression))) ||
  (isCallExpression(value) && nameOfCallee(value.expression) === "scratch");

function whyMutable(value: Expression, mutable: ReadonlySet<string>): string | null {
  if (isNewExpression(value)) {
    const name = nameOfCallee(value.expression);
    const [first] = value.arguments ?? [];
    const isEmpty = first === undefined || (isArrayLength(first) && !/^(Map|Set)$/.test(name));
    if (EMPTY_MEMORY.test(name) && isEmpty) return `an empty ${name}`;
    return mutable.has(name) ? `a ${name}, whose fields are written` : null;
  }
  if (isCallExpression(value)) {
    const callee = bare(value.expression);
    if (isArrowFunction(callee) || isFunctionExpression(callee)) return "the result of a function called in place";
  }
  if (isRegularExpressionLiteral(value) && /\/[a-z]*y[a-z]*$/.test(value.text)) return "a sticky pattern";
  return null;
}

/** Whether `new Uint8Array(x)` gets a length other than 0, or a buffer, instead of values. */
const isArrayLength = (node: Expression): boolean =>
  "text" in node ? node.text !== "0" : !("elements" in node) && !isCallExpression(node);

/** Classes of `core` with a field that can be written after construction. */
const mutableClasses = (): ReadonlySet<string> =>
  new Set(
    [...core.values()].flatMap((file) =>
      listClasses(file)
        .filter((one) =>
          one.members.some(
            (member) =>
              isPropertyDeclaration(member) &&
              (!hasModifier(member, SyntaxKind.ReadonlyKeyword) ||
                (member.initializer !== undefined && isNewExpression(member.initializer))),
          ),
        )
        .map((one) => one.name?.text ?? ""),
    ),
  );

const listClasses = (file: SourceFile): ClassDeclaration[] => file.statements.filter(isClassDeclaration);

const hasModifier = (node: Node, kind: SyntaxKind): boolean =>
  "modifiers" in node && (node.modifiers as readonly Node[] | undefined)?.some((one) => one.kind === kind) === true;

const importedNames = (file: SourceFile): string[] =>
  [...file.text.matchAll(/^import \{([^}]*)\} from/gm)].flatMap(
    ([, names = ""]) => names.match(/\w+(?=\s*(?:,|$))/gm) ?? [],
  );

/**
 * Names among `watched` that a file assigns into, deletes from, or calls a writing method of. A local name for one, or for
 * a part of one, counts as the name itself. A function that gets them as an argument is not looked into.
 */
function writesTo(file: SourceFile, watched: ReadonlySet<string>): string[] {
  const found = new Set<string>();
  const aliases = listAliases(file, watched);
  const note = (target: Node, isInto = !isIdentifier(target)) => {
    const name = findRoot(target);
    const alias = aliases.findLast((one) => one.name === name && isWithin(target, one.scope));
    if (alias === undefined && name !== null && watched.has(name)) found.add(name);
    // A local name that gets another value writes to nothing.
    else if (alias !== undefined && isInto) found.add(alias.of);
  };
  walk(file, (node) => {
    if (isBinaryExpression(node) && isAssignment(node.operatorToken.kind)) note(node.left);
    else if (isDeleteExpression(node)) note(node.expression);
    else if (isPostfixUnaryExpression(node)) note(node.operand);
    else if (isPrefixUnaryExpression(node) && isStep(node.operator)) note(node.operand);
    else if (isCallExpression(node) && isPropertyAccessExpression(node.expression)) {
      const { expression, name } = node.expression;
      if (WRITERS.test(name.text)) note(expression, true);
      if (findRoot(expression) === "Object" && /^(assign|definePropert(y|ies)|setPrototypeOf)$/.test(name.text))
        note(node.arguments[0] as Node, true);
    }
  });
  return [...found];
}

interface Alias {
  name: string;
  /** The watched name that it stands for. */
  of: string;
  scope: Node;
}

/** Local variables that are set to a watched variable, to a part of one or to another such local variable. */
function listAliases(file: SourceFile, watched: ReadonlySet<string>): Alias[] {
  const found: Alias[] = [];
  walk(file, (node) => {
    if (!isVariableDeclaration(node)) return;
    const list = node.parent.parent;
    const scope = findFunction(node);
    const value = node.initializer ?? (isForOfStatement(list) ? list.expression : undefined);
    const root = value === undefined || scope === null ? null : findRoot(bare(value));
    if (root === null || scope === null) return;
    const of = found.findLast((one) => one.name === root && isWithin(node, one.scope))?.of ?? root;
    if (watched.has(of)) for (const name of listNames(node)) found.push({ name, of, scope });
  });
  return found;
}

const findFunction = (node: Node): Node | null =>
  isSourceFile(node) ? null : isFunctionLikeDeclaration(node) ? node : findFunction(node.parent);

const isWithin = (node: Node, outer: Node): boolean =>
  node === outer || (!isSourceFile(node) && isWithin(node.parent, outer));

const isStep = (kind: SyntaxKind): boolean => kind === SyntaxKind.PlusPlusToken || kind === SyntaxKind.MinusMinusToken;
const isAssignment = (kind: SyntaxKind): boolean =>
  kind >= SyntaxKind.FirstAssignment && kind <= SyntaxKind.LastAssignment;

/** The variable that `a.b[c].d` begins with. */
function findRoot(node: Node): string | null {
  if (isIdentifier(node)) return node.text;
  if (isPropertyAccessExpression(node) || isElementAccessExpression(node)) return findRoot(node.expression);
  if (isParenthesizedExpression(node) || isAsExpression(node) || isNonNullExpression(node))
    return findRoot(node.expression);
  return null;
}

/**
 * Lists the caches that a file creates, as "path name". The name is that of the variable, property or function that
 * they are created for.
 */
function cachesIn(path: string, file: SourceFile): string[] {
  const found: string[] = [];
  walk(file, (node, owner) => {
    const isCache = isNewExpression(node) && CACHES.includes(nameOfCallee(node.expression));
    const isScratch = isCallExpression(node) && nameOfCallee(node.expression) === "scratch";
    if ((isCache || isScratch) && path !== "core/memo.ts" && path !== "proxy/http1/per-head.ts")
      found.push(`${path} ${owner}`);
  });
  const outside = moduleVariables(file).filter(
    ({ value }) =>
      value !== null &&
      isNewExpression(value) &&
      /^(Map|Set)$/.test(nameOfCallee(value.expression)) &&
      (value.arguments?.length ?? 0) === 0,
  );
  const filled = new Set(writesTo(file, new Set(outside.map(({ name }) => name))));
  return [...found, ...[...filled].map((name) => `${path} ${name}`)];
}

/** Lists the fields of classes that hold a map, a set or an array which can grow, as "path name". */
function listCollections(path: string, file: SourceFile): string[] {
  const found: string[] = [];
  walk(file, (node) => {
    const isField = isPropertyDeclaration(node) || (isParameterDeclaration(node) && (node.modifiers ?? []).length > 0);
    if (!isField || !(isIdentifier(node.name) || isPrivateIdentifier(node.name))) return;
    const type = node.type?.getText(file) ?? "";
    const value = node.initializer === undefined ? null : bare(node.initializer);
    const isCollection =
      type === ""
        ? value !== null && isNewCollection(value)
        : /(^|[|(] ?)((Weak)?(Map|Set)|Array)</.test(type) || (/\[\]( \||$)/.test(type) && !/^readonly /.test(type));
    // A collection that was made elsewhere belongs to who made it.
    const isOwn = isPropertyDeclaration(node) || value !== null;
    if (isCollection && isOwn) found.push(`${path} ${node.name.text}`);
  });
  return found;
}

const isNewCollection = (value: Expression): boolean =>
  isArrayLiteralExpression(value) ||
  (isNewExpression(value) && /^((Weak)?(Map|Set)|Array)$/.test(nameOfCallee(value.expression)));

function walk(node: Node, visit: (node: Node, owner: string) => void, owner = ""): void {
  visit(node, owner);
  const isNamed =
    isVariableDeclaration(node) ||
    isPropertyDeclaration(node) ||
    isPropertyAssignment(node) ||
    isMethodDeclaration(node) ||
    isFunctionDeclaration(node);
  const inner = isNamed && node.name !== undefined && isIdentifier(node.name) ? node.name.text : owner;
  node.forEachChild((child) => {
    walk(child, visit, inner);
    return undefined;
  });
}
