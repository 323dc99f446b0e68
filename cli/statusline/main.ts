// Short because it is an entry point. Claude Code starts it after every answer, and this bundle loads in a few
// milliseconds.
import { printStatusLine } from "./print-line.ts";

await printStatusLine();
