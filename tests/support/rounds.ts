// Short because random tests of every layer share it, and nothing more.
import process from "node:process";

/** How many rounds a random test runs: `inSuite`, times `CCO_TEST_TIMES` (npm run test:chaos). */
export const rounds = (inSuite: number): number => inSuite * Number(process.env.CCO_TEST_TIMES ?? "1");
