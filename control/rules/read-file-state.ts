import { basename } from "node:path";
import { isRulesFileWritable, readRulesFile } from "#config/rules-file.ts";
import type { Problem } from "#core/rules/rule-set.ts";
import { hashToml } from "#store/hashes.ts";
import type { RuleVersionRow } from "#store/rule-versions.ts";
import type { ControlDeps } from "../deps.ts";
import { readRulesText } from "./rules-text.ts";

/** State of the file on disk relative to the live version. */
export interface FileState {
  name: string;
  isReadOnly: boolean;
  state: "same" | "different" | "broken" | "missing" | "unreadable";
  /** Problems of a broken file; it is ignored until it is fixed or replaced by a publish. */
  problems: Problem[];
  reason: string | null;
}

/** Compares the rules file with the live version. A missing, unreadable or broken file is a state, never an error. */
export async function readFileState(live: RuleVersionRow | null, deps: ControlDeps): Promise<FileState> {
  const { rulesFile } = deps.config;
  const file = readRulesFile(rulesFile);
  const common = { name: basename(rulesFile), isReadOnly: !isRulesFileWritable(rulesFile), problems: [], reason: null };
  if (file.kind === "missing") return { ...common, state: "missing" };
  if (file.kind === "unreadable") return { ...common, state: "unreadable", reason: file.reason };
  if (hashToml(file.text) === live?.tomlHash) return { ...common, state: "same" };
  const parsed = await readRulesText(file.text, deps);
  if (parsed.ok) return { ...common, state: "different" };
  return { ...common, state: "broken", problems: parsed.problems.filter((problem) => problem.severity === "error") };
}
