import { isRulesFileWritable, readRulesFile } from "#config/rules-file.ts";
import type { BackupRow } from "#store/backup-tables.ts";
import type { VerifiedBackup } from "./verify.ts";

/** What a restore does to the rules file. `kept`: it holds the restored rules already, or the backup has none. */
export type RulesFileChange = "replaced" | "made" | "kept" | "unwritable";

/** The newest rules version among the rows of a backup, which a restore writes into the rules file. */
export class NewestRules {
  private number = -1;
  private text: string | null = null;

  look(table: string, rows: readonly BackupRow[]): void {
    if (table !== "rule_version") return;
    for (const { number, toml } of rows) {
      if (Number(number) <= this.number) continue;
      this.number = Number(number);
      this.text = String(toml);
    }
  }

  /** Text that the rules file holds after a restore: of the newest version, else of the file as it was. Null: as it is. */
  textAfter({ rules }: VerifiedBackup): string | null {
    return this.text ?? rules;
  }
}

/** Finds what writing a text would do to the rules file. */
export function findRulesFileChange(rulesFile: string, text: string | null): RulesFileChange {
  const file = readRulesFile(rulesFile);
  if (text === null || (file.kind === "found" && file.text === text)) return "kept";
  if (!isRulesFileWritable(rulesFile)) return "unwritable";
  return file.kind === "missing" ? "made" : "replaced";
}
