import { exitCodes } from "#core/exit-codes.ts";

/** Ends a start that cannot succeed: one line for a person, one code for a script. */
export class StartError extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Prints the problem in one line and ends the process. */
export function endStart(problem: unknown): never {
  if (problem instanceof StartError) {
    process.stderr.write(`${problem.message}\n`);
    process.exit(problem.exitCode);
  }
  process.stderr.write(`CCO could not start: ${problem instanceof Error ? problem.message : String(problem)}\n`);
  process.exit(exitCodes.crash);
}
