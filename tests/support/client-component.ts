import type { Node, SourceFile } from "typescript/unstable/ast";
import { isExpressionStatement, isStringLiteral } from "typescript/unstable/ast/is";

/** Whether a file begins with the directive "use client". Comments and other directives may precede it. */
export function isClientComponent({ statements }: SourceFile): boolean {
  for (const statement of statements) {
    const directive = readDirective(statement);
    if (directive === null || directive === "use client") return directive !== null;
  }
  return false;
}

/** Reads a statement that is a directive, such as "use client"; null for any other. */
export function readDirective(statement: Node): string | null {
  return isExpressionStatement(statement) && isStringLiteral(statement.expression) ? statement.expression.text : null;
}
