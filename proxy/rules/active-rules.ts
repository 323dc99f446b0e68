// Long because both sources of the rules, and the order between them, are read together.

import { hostname } from "node:os";
import type { PricesText } from "#config/priced-catalogue.ts";
import { isRulesFileWritable, readRulesFile, watchRulesFile, writeRulesFile } from "#config/rules-file.ts";
import { isRulesFileLeft, keepSeenRules } from "#config/seen-rules.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { compileRules } from "#core/rules/compile.ts";
import { type DroppedSafeguards, droppedSafeguards } from "#core/rules/dropped-safeguards.ts";
import type { RuleSet } from "#core/rules/rule-set.ts";
import { hashToml } from "#store/hashes.ts";
import type { LatestRules } from "#store/rule-versions.ts";
import type { ControlState, LedgerClient } from "../ledger/client/ledger-client.ts";
import type { ProxyEvent } from "../process/event-bus.ts";
import type { Log } from "../process/log.ts";
import type { Snapshot } from "../process/proxy-context.ts";
import { ActivePrices } from "./active-prices.ts";
import { readFirstRules } from "./first-rules.ts";
import { keepLastGood } from "./last-good-rules.ts";
import { firstSentence, formatProblem, parseRulesText } from "./rules-text.ts";

interface RuleSourceOptions {
  rulesFile: string;
  dataDir: string;
  catalogue: Catalogue;
  log: Log;
  emit(proxyEvent: ProxyEvent): void;
  now(): number;
  startedAtMs: number;
}

/** The rules in force as text, with their version and generation. */
export interface ServedRules extends RulesPosition {
  text: string;
  /** The own prices in force; null: none. */
  prices: PricesText | null;
  sinceMs: number;
  fault: string | null;
}

/** Position of a rule set among those before and after it. */
type RulesPosition = Pick<Snapshot, "version" | "generation" | "pinsValidFrom" | "appliedNow">;

const INGEST_AGAIN_MS = 5_000;

/**
 * Keeps the rules in force. There are two sources, the file on disk and the published versions in the database, and
 * both end in one swap of one immutable snapshot; what cannot be read never replaces what works.
 */
export class RuleSource {
  private readonly options: RuleSourceOptions;
  private readonly prices: ActivePrices;
  private snapshot: Snapshot;
  /** The text in force, and its hash. */
  private text: string;
  private hash: string;
  private fault: string | null = null;
  /** While the ledger is still being asked about a text of the file that has no number, published versions wait. */
  private ingesting: string | null = null;
  /** The last applied version whose publisher wanted running sessions to follow; null before the history was seen. */
  private appliedNow: number | null = null;
  private ledger: LedgerClient | null = null;
  private readonly stops: (() => void)[] = [];
  /** Whether the file was as this installation last left it, when the process started. */
  private readonly wasLeft: boolean;
  /** Hash of the file's last good text. */
  private fileHash: string;
  private becomeSettled: () => void = () => {};
  /** Whether the rules in force are those of the database, or of its kept copy. */
  readonly settled = new Promise<void>((resolve) => {
    this.becomeSettled = resolve;
  });
  isSettled = false;

  /** Reads the rules to start with; throws NoRules with the one message to show. */
  constructor(options: RuleSourceOptions) {
    this.options = options;
    this.prices = new ActivePrices(options.catalogue, options.log);
    const first = readFirstRules(options);
    this.wasLeft = isRulesFileLeft(options, hashToml(first.text));
    this.text = first.text;
    this.hash = hashToml(first.text);
    this.fileHash = this.hash;
    this.snapshot = this.compiled(first.ruleSet, { version: null, generation: 1, pinsValidFrom: 0, appliedNow: 0 });
    if (first.fault === null) keepLastGood(options.dataDir, first.text, options.log);
    this.fault = first.fault;
  }

  current(): Snapshot {
    return this.snapshot;
  }

  problem(): string | null {
    return this.fault;
  }

  /** Follows the file and the ledger from now on. */
  follow(ledger: LedgerClient): void {
    this.ledger = ledger;
    const file = readRulesFile(this.options.rulesFile);
    const state = ledger.state();
    if (state !== null) this.takePrices(state);
    if (ledger.isFromDisk()) this.takeKept(state);
    this.takeUnasked();
    if (file.kind === "found" && this.fault === null) this.ingest(file.text, { isLeft: this.wasLeft });
    else this.settle();
    this.reportInstance();
    this.stops.push(ledger.onState((state) => this.onState(state)));
    this.stops.push(ledger.onOutage(() => this.takeUnasked()));
    this.stops.push(
      watchRulesFile(this.options.rulesFile, (content) => {
        if (content.kind === "found") this.onFile(content.text);
        else
          this.report(
            `The rules file ${this.options.rulesFile} is ${content.kind === "missing" ? "gone" : "unreadable"}; the last good rules go on serving.`,
          );
      }),
    );
  }

  stop(): void {
    for (const stop of this.stops) stop();
  }

  /** Reads the file as if it had just changed: for file systems without change events. */
  readFileAgain(): void {
    const file = readRulesFile(this.options.rulesFile);
    if (file.kind === "found") this.onFile(file.text);
  }

  /** Data that another process needs to serve by the same rules. */
  served(): ServedRules {
    const { version, generation, pinsValidFrom, appliedNow, sinceMs } = this.snapshot;
    const prices = this.prices.served();
    return { text: this.text, prices, version, generation, pinsValidFrom, appliedNow, sinceMs, fault: this.fault };
  }

  private onFile(text: string): void {
    const hash = hashToml(text);
    if (hash === this.hash) {
      this.fileHash = hash;
      if (this.ingesting === null) keepSeenRules(this.options.dataDir, hash);
      this.recovered();
      return;
    }
    // Put back after a mistake: it is behind the version in force, as it was.
    if (hash === this.fileHash && this.snapshot.version !== null) {
      this.recovered();
      return;
    }
    // An editor that has only emptied the file so far must not switch every rule off.
    if (text.trim() === "") {
      this.report(`The rules file ${this.options.rulesFile} is empty. The last good rules go on serving.`);
      return;
    }
    const parsed = this.parse(text);
    if (!parsed.ok) {
      this.report(`${firstSentence(this.options.rulesFile, parsed.problems)} The last good rules go on serving.`);
      return;
    }
    for (const warning of parsed.problems) this.options.log.warn({}, formatProblem(this.options.rulesFile, warning));
    // In force at once; its number, and whether running sessions follow, come from the ledger.
    this.fileHash = hash;
    this.swap(text, parsed.ruleSet, null);
    this.ingest(text, { isLeft: false });
  }

  /**
   * Takes the state of a database that gave it but may still answer no question. Such a database is locked, full, or
   * damaged in a table that has nothing to do with rules. Its state is then enough, as the kept one is, and the
   * question goes on waiting.
   */
  private takeUnasked(): void {
    if (!this.isSettled && this.ledger !== null && this.ledger.outage() !== null) this.takeKept(this.ledger.state());
  }

  /** While the database does not answer, a file that was not edited since is older than the version published last. */
  private takeKept(state: ControlState | null): void {
    if (state === null) return;
    this.takePrices(state);
    const { rules, settings } = state;
    if (rules?.tomlHash === this.hash) this.number(rules.number, rules);
    else if (rules !== null && this.fault === null && (this.wasLeft || settings.rulesFileHash === this.hash)) {
      const parsed = this.parse(rules.toml);
      if (parsed.ok) this.swap(rules.toml, parsed.ruleSet, rules);
    }
    this.settle();
  }

  private settle(): void {
    this.isSettled = true;
    this.becomeSettled();
  }

  /** Has the ledger number a text of the file. It knows whether the file was edited or is only behind. */
  private ingest(
    text: string,
    { isLeft, audited = droppedSafeguards(this.snapshot.ruleSet) }: { isLeft: boolean; audited?: DroppedSafeguards },
  ): void {
    const hash = hashToml(text);
    this.ingesting = hash;
    this.ledger?.ingestRulesFile(text, audited, isLeft).then(
      ({ version }) => {
        if (this.ingesting === hash) this.ingesting = null;
        const state = this.ledger?.state() ?? null;
        const isBehind = state?.rules?.number === version && state.rules.tomlHash !== hash;
        keepSeenRules(this.options.dataDir, hash);
        if (isBehind) this.rewriteFile(state);
        else if (this.hash === hash) this.number(version, null);
        if (state !== null) this.onState(state);
        this.settle();
      },
      (problem: unknown) => {
        this.options.log.warn({ problem: String(problem) }, "the rules file could not be recorded yet");
        this.settle();
        if (this.ingesting !== hash) return;
        setTimeout(() => this.ingesting === hash && this.ingest(text, { isLeft, audited }), INGEST_AGAIN_MS).unref();
      },
    );
  }

  /** The prices of the database are in force at once: they have no file that could be newer. */
  private takePrices({ prices }: ControlState): void {
    if (!this.prices.receive(prices)) return;
    this.snapshot = Object.freeze({ ...this.snapshot, prices: this.prices.current() });
    this.announce();
  }

  private onState(state: ControlState): void {
    this.takePrices(state);
    this.takeUnasked();
    const { rules } = state;
    const { version } = this.snapshot;
    // Rules with a number are in the history. What is published after them does not wait for an answer about the file.
    const isAsking = this.ingesting !== null && version === null;
    if (rules === null || isAsking || rules.number < (version ?? 0)) return;
    if (rules.tomlHash === this.hash) {
      this.number(rules.number, rules);
      return;
    }
    if (rules.number === version) return;
    const parsed = this.parse(rules.toml);
    if (!parsed.ok) {
      this.report(`${firstSentence(`version ${rules.number}`, parsed.problems)} The last good rules go on serving.`);
      return;
    }
    this.swap(rules.toml, parsed.ruleSet, rules);
  }

  private swap(text: string, ruleSet: RuleSet, published: LatestRules | null): void {
    const generation = this.snapshot.generation + 1;
    const pinsValidFrom = this.isForRunning(published) ? generation : this.snapshot.pinsValidFrom;
    this.applyPublished(published);
    const version = published?.number ?? null;
    this.snapshot = this.compiled(ruleSet, { version, generation, pinsValidFrom, appliedNow: this.appliedNow ?? 0 });
    this.text = text;
    this.hash = hashToml(text);
    this.fault = null;
    keepLastGood(this.options.dataDir, text, this.options.log);
    this.announce();
    if (version === null) this.options.log.info({ rules: ruleSet.rules.length }, "rules taken from the file");
    else this.logInForce();
  }

  private logInForce(): void {
    const { version, ruleSet } = this.snapshot;
    this.options.log.info({ version, rules: ruleSet.rules.length, enabled: ruleSet.enabled }, "rules in force");
  }

  /** Keeps the rules and sets their number, now known, and whether running sessions follow them. */
  private number(version: number, published: LatestRules | null): void {
    const { generation, appliedNow } = this.snapshot;
    const pinsValidFrom = this.isForRunning(published) ? generation : this.snapshot.pinsValidFrom;
    this.applyPublished(published);
    const isNumbered = this.snapshot.version === version;
    if (isNumbered && appliedNow === (this.appliedNow ?? 0)) return;
    this.snapshot = Object.freeze({ ...this.snapshot, version, pinsValidFrom, appliedNow: this.appliedNow ?? 0 });
    if (!isNumbered) this.logInForce();
    this.announce();
  }

  /**
   * Whether a version was published for running sessions too since the last poll; perhaps one that was overtaken
   * already.
   */
  private isForRunning(published: LatestRules | null): boolean {
    if (published === null) return false;
    // At the first poll, a version for earlier sessions is no news.
    if (this.appliedNow === null) return published.applies === "now";
    return published.appliedNow > this.appliedNow;
  }

  private applyPublished(published: LatestRules | null): void {
    if (published !== null) this.appliedNow = published.appliedNow;
  }

  /**
   * Writes the published version to a file that is behind it. A crash between publishing and writing leaves such a
   * file, and the published version is the truth.
   */
  private rewriteFile(state: ControlState): void {
    const { rulesFile, log, now } = this.options;
    if (state.rules === null || !isRulesFileWritable(rulesFile)) return;
    try {
      writeRulesFile(rulesFile, state.rules.toml, new Date(now()));
      this.fileHash = state.rules.tomlHash;
      keepSeenRules(this.options.dataDir, state.rules.tomlHash);
      log.info({ version: state.rules.number }, "the rules file was behind the published version and was rewritten");
    } catch (problem) {
      log.warn({ problem: String(problem) }, "the rules file is behind the published version and cannot be written");
    }
  }

  private compiled(ruleSet: RuleSet, place: RulesPosition): Snapshot {
    const { catalogue, now } = this.options;
    const compiled = compileRules(ruleSet, catalogue);
    return Object.freeze({ ...place, compiled, ruleSet, catalogue, prices: this.prices.current(), sinceMs: now() });
  }

  private parse(text: string) {
    return parseRulesText(text, this.options.catalogue, this.options.now());
  }

  private report(fault: string): void {
    if (this.fault === fault) return;
    this.fault = fault;
    this.options.log.line(fault);
    this.announce();
  }

  private recovered(): void {
    if (this.fault === null) return;
    this.fault = null;
    this.announce();
  }

  private announce(): void {
    const { version, ruleSet } = this.snapshot;
    this.options.emit({
      kind: "rules",
      version,
      enabled: ruleSet.enabled,
      problem: this.fault,
      atMs: this.options.now(),
    });
    this.reportInstance();
  }

  private reportInstance(): void {
    this.ledger?.reportInstance({
      hostname: hostname(),
      pid: process.pid,
      startedAtMs: this.options.startedAtMs,
      rulesVersion: this.snapshot.version,
      rulesHash: this.hash,
      rulesProblem: this.fault,
      fileReadOnly: !isRulesFileWritable(this.options.rulesFile),
    });
  }
}
