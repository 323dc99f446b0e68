import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { BalancedPair } from "#tests/support/balanced-pair.ts";
import { describeBalancer } from "#tests/support/balancer-behaviour.ts";
import { startNginx } from "#tests/support/nginx.ts";

const root = join(import.meta.dirname, "../..");
const shipped = readFileSync(join(root, "deploy/nginx/cco.conf"), "utf8");
const pair = new BalancedPair();

beforeAll(() => pair.start(shipped, startNginx));
afterAll(() => pair.stop());

describeBalancer("nginx", pair);

it("the page explains only lines that the shipped nginx configuration has", () => {
  const page = readFileSync(join(root, "docs/howto/behind-nginx.md"), "utf8");
  const explained = [...page.matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, line = ""]) => line),
  );

  expect(explained.length).toBeGreaterThan(6);
  expect(explained.filter((line) => !shipped.includes(line))).toEqual([]);
});
