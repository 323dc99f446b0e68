import { mergeConfig } from "vitest/config";
import suite from "../vitest.config.ts";

/** Tests that take longer than a developer waits, and the random ones of the suite with many more rounds (scripts/test.mjs). */
const chaos = mergeConfig(suite, { test: { testTimeout: 3_600_000, hookTimeout: 600_000 } });
delete chaos.test.projects;
chaos.test.include = [
  "tests/chaos/**/*.chaos.ts",
  "tests/**/{budgets-over-restarts,desync,one-number,ledger-kill,proxy-kill,ledger-backlog,proxy-breaks,reload,spool-faults,adapt-properties,ledger-store,upgrade-while-serving}.test.ts",
  "{core/rules/{adapt-memory,decide-properties},config/{toml-literal,overrides-toml}}.test.ts",
  "proxy/{keys/spending,request/usage-meter,spool/format}.test.ts",
];
export default chaos;
