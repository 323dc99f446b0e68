import { dirname, join, normalize } from "node:path";
import { type CallExpression, type Node, type SourceFile, SyntaxKind } from "typescript/unstable/ast";
import {
  isAsExpression,
  isAwaitExpression,
  isBindingElement,
  isCallExpression,
  isExportDeclaration,
  isExternalModuleReference,
  isFunctionLikeDeclaration,
  isIdentifier,
  isImportDeclaration,
  isImportTypeNode,
  isLiteralTypeNode,
  isNamedExports,
  isNamedImports,
  isNoSubstitutionTemplateLiteral,
  isObjectBindingPattern,
  isParenthesizedExpression,
  isParenthesizedTypeNode,
  isPropertyAccessExpression,
  isQualifiedName,
  isSatisfiesExpression,
  isStringLiteral,
  isVariableDeclaration,
} from "typescript/unstable/ast/is";

/** One import of a file, whichever syntax it is written in. */
export interface ReadImport {
  /** Name of the module; null where an expression computes it. */
  target: string | null;
  typeOnly: boolean;
  /** Exports that are used through this import: `*` stands for all of them, `default` for the default export. */
  names: string[];
}

/**
 * Lists what a file imports. That is import and export statements, `import()` with any literal, types by `import("…")`,
 * `require`, the function that `createRequire` returns where it is called in place, and `getBuiltinModule`.
 */
export function readImports(file: SourceFile): ReadImport[] {
  const found: ReadImport[] = [];
  visitAll(file, (node) => {
    if (isImportDeclaration(node)) {
      const isType = node.importClause?.phaseModifier === SyntaxKind.TypeKeyword;
      found.push({ target: readText(node.moduleSpecifier), typeOnly: isType, names: listImported(node, file) });
    } else if (isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
      const names =
        node.exportClause !== undefined && isNamedExports(node.exportClause)
          ? node.exportClause.elements.map(({ name, propertyName }) => (propertyName ?? name).text)
          : ["*"];
      found.push({ target: readText(node.moduleSpecifier), typeOnly: node.isTypeOnly, names });
    } else if (isExternalModuleReference(node)) {
      found.push({ target: readText(node.expression), typeOnly: false, names: ["*"] });
    } else if (isImportTypeNode(node)) {
      const target = isLiteralTypeNode(node.argument) ? readText(node.argument.literal) : null;
      const names = node.qualifier === undefined ? listUsed(node) : [firstName(node.qualifier)];
      found.push({ target, typeOnly: true, names });
    } else if (isCallExpression(node) && isLoad(node)) {
      const [first] = node.arguments;
      found.push({ target: first === undefined ? null : readText(first), typeOnly: false, names: listUsed(node) });
    }
  });
  return found;
}

/** Finds the file of ours that an import names, from the root of the project. Null for a package. */
export function findOurPath(file: string, target: string): string | null {
  if (target.startsWith("#")) return target.slice(1);
  return target.startsWith(".") ? normalize(join(dirname(file), target)) : null;
}

/** Calls back with a node and all nodes below it. */
export function visitAll(node: Node, visit: (node: Node) => void): void {
  visit(node);
  node.forEachChild((child) => {
    visitAll(child, visit);
    return undefined;
  });
}

const readText = (node: Node): string | null =>
  isStringLiteral(node) || isNoSubstitutionTemplateLiteral(node) ? node.text : null;

/** Whether a call loads a module by name. */
function isLoad({ expression }: CallExpression): boolean {
  if (expression.kind === SyntaxKind.ImportKeyword) return true;
  if (isIdentifier(expression)) return expression.text === "require";
  if (isPropertyAccessExpression(expression)) return expression.name.text === "getBuiltinModule";
  return isCallExpression(expression) && isIdentifier(expression.expression)
    ? expression.expression.text === "createRequire"
    : false;
}

function listImported(node: Node & { importClause?: unknown }, file: SourceFile): string[] {
  if (!isImportDeclaration(node) || node.importClause === undefined) return [];
  const { name, namedBindings } = node.importClause;
  const names = name === undefined ? [] : ["default"];
  if (namedBindings === undefined) return names;
  if (isNamedImports(namedBindings))
    return [...names, ...namedBindings.elements.map((one) => (one.propertyName ?? one.name).text)];
  return [...names, ...listMembers(namedBindings.name, file)];
}

/** Lists what is taken out of a loaded module by a pattern, by a property, or by `then`. */
function listUsed(node: Node): string[] {
  const { parent } = node;
  const isWrapped =
    isParenthesizedExpression(parent) ||
    isParenthesizedTypeNode(parent) ||
    isAwaitExpression(parent) ||
    isAsExpression(parent) ||
    isSatisfiesExpression(parent);
  if (isWrapped) return listUsed(parent);
  if (isVariableDeclaration(parent)) return listBound(parent.name, parent.parent.parent.parent);
  if (!isPropertyAccessExpression(parent)) return ["*"];
  if (parent.name.text !== "then") return [parent.name.text];
  const callback = isCallExpression(parent.parent) ? parent.parent.arguments[0] : undefined;
  const parameter =
    callback !== undefined && isFunctionLikeDeclaration(callback) ? callback.parameters[0]?.name : undefined;
  return parameter === undefined || callback === undefined ? ["*"] : listBound(parameter, callback);
}

/** Lists the exports that a pattern or a variable takes, which is used below a node. */
function listBound(name: Node, below: Node): string[] {
  if (!isObjectBindingPattern(name)) return isIdentifier(name) ? listMembers(name, below) : ["*"];
  return name.elements.flatMap((one) => {
    if (!isBindingElement(one) || one.dotDotDotToken !== undefined) return ["*"];
    const taken = one.propertyName ?? one.name;
    return taken !== undefined && (isIdentifier(taken) || isStringLiteral(taken)) ? [taken.text] : ["*"];
  });
}

/** Lists the members `name.member` that are used below a node; `*` where the name is used in another way. */
function listMembers(declared: Node & { text: string }, below: Node): string[] {
  const members = new Set<string>();
  visitAll(below, (node) => {
    if (node === declared || !isIdentifier(node) || node.text !== declared.text) return;
    const { parent } = node;
    if (isPropertyAccessExpression(parent)) {
      if (parent.expression === node) members.add(parent.name.text);
    } else if (isQualifiedName(parent)) {
      if (parent.left === node) members.add(parent.right.text);
    } else members.add("*");
  });
  return [...members];
}

const firstName = (node: Node): string => {
  if (isIdentifier(node)) return node.text;
  return isQualifiedName(node) ? firstName(node.left) : "*";
};
