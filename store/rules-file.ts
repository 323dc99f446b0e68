import { fileActor } from "#core/access/actor.ts";
import type { DroppedSafeguards } from "#core/rules/dropped-safeguards.ts";
import { appendAudit } from "./audit.ts";
import { hashToml } from "./hashes.ts";
import type { SqlSource } from "./raw.ts";
import { bumpRevision } from "./revision.ts";
import { insertRuleVersion, latestRules } from "./rule-versions.ts";
import { readSetting, settingKey, writeSetting } from "./settings.ts";

/**
 * Imports the text of the rules file into the history. A known text, equal to the latest version or to the last one
 * imported or written, changes nothing: the result is then the latest version, which may be newer than the file. So does
 * any text of a file that was left as it was (`isLeft`), where there is a version. Call it inside a transaction that
 * excludes other writers of rules. `audited` is added to the audit entry.
 */
export async function takeInRulesFile(
  tx: SqlSource,
  toml: string,
  at: Date,
  { audited = {}, isLeft = false }: { audited?: DroppedSafeguards; isLeft?: boolean } = {},
): Promise<{ version: number; changed: boolean }> {
  const hash = hashToml(toml);
  const latest = await latestRules(tx);
  const isKnownFile = (await readSetting(tx, settingKey.rulesFileHash)) === hash;
  if (latest && (isKnownFile || isLeft || latest.tomlHash === hash)) {
    if (latest.tomlHash === hash && !isKnownFile) await writeSetting(tx, settingKey.rulesFileHash, hash, at);
    return { version: latest.number, changed: false };
  }
  const published = await insertRuleVersion(tx, {
    toml,
    comment: latest ? "Edited on disk" : "First rules file",
    source: "file",
    actorId: fileActor.id,
    actorName: fileActor.name,
    basedOn: latest?.number ?? null,
    applies: "new-sessions",
    publishedAt: at,
  });
  await writeSetting(tx, settingKey.rulesFileHash, hash, at);
  await appendAudit(tx, {
    at,
    actorKind: fileActor.kind,
    actorId: fileActor.id,
    actorName: fileActor.name,
    via: fileActor.via,
    address: null,
    action: "rules.publish",
    objectKind: "rule-version",
    objectId: String(published.number),
    before: latest && JSON.stringify({ version: latest.number, tomlHash: latest.tomlHash }),
    after: JSON.stringify({ version: published.number, tomlHash: hash, comment: published.comment, ...audited }),
  });
  await bumpRevision(tx);
  return { version: published.number, changed: true };
}
