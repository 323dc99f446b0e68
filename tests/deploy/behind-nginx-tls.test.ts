import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { get } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { freePort } from "#tests/support/free-port.ts";
import { startNginx } from "#tests/support/nginx.ts";
import { eventually, scratchFolder } from "#tests/support/scratch.ts";

const root = join(import.meta.dirname, "../..");

it("the page's lines for TLS serve the shipped nginx configuration over https, and CCO learns that it was", async () => {
  const page = readFileSync(join(root, "docs/howto/behind-nginx.md"), "utf8");
  const [, lines = ""] = /```nginx\n([\s\S]*?)```/.exec(page) ?? [];
  const folder = scratchFolder();
  const [pem, key] = [join(folder, "cco.pem"), join(folder, "cco.key")];
  const subject = ["-subj", "/CN=cco.example", "-addext", "subjectAltName=DNS:cco.example"];
  const made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", pem, ...subject];
  execFileSync("openssl", made, { stdio: "pipe" });
  const cco = createServer(({ headers }, response) => response.end(String(headers["x-forwarded-proto"]))).listen(0);
  onTestFinished(() => void cco.close());
  const port = await freePort();
  const shipped = readFileSync(join(root, "deploy/nginx/cco.conf"), "utf8");
  const own = `127.0.0.1:${(cco.address() as AddressInfo).port}`;
  const placed = shipped.replace("listen 80;", lines).replaceAll(/10\.77\.30\.1[12]:3000/g, own);
  const nginx = startNginx(
    folder,
    placed
      .replace("listen 443", `listen 127.0.0.1:${port}`)
      .replace("/etc/nginx/cco.pem", pem)
      .replace("/etc/nginx/cco.key", key),
  );
  onTestFinished(() => nginx.stop());

  const ask = () =>
    new Promise<string>((resolve, reject) => {
      const options = { host: "127.0.0.1", port, servername: "cco.example", ca: readFileSync(pem) };
      get({ ...options, headers: { host: "cco.example" }, agent: false }, (answer) => {
        let body = "";
        answer.on("data", (piece) => {
          body += piece;
        });
        answer.once("end", () => resolve(body));
      }).once("error", reject);
    });

  expect(await eventually(ask)).toBe("https");
});
