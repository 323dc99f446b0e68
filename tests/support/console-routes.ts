import { readdirSync } from "node:fs";
import { join, sep } from "node:path";

const API = join(import.meta.dirname, "../../app/api");
/** What stands for a part of a path that names something. */
const NAMES: Readonly<Record<string, string>> = { "[...nextauth]": "callback/credentials", "[version]": "1" };

/** The path of every route of the console's API, found by looking, and some of its pages. */
export function consoleRoutes(): string[] {
  const files = readdirSync(API, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith("route.ts"));
  const routes = files.map((file) => {
    const parts = file.split(sep).slice(0, -1);
    return `/api/${parts.map((part) => NAMES[part] ?? (part.startsWith("[") ? "some-id" : part)).join("/")}`;
  });
  return [...routes.sort(), "/", "/sign-in", "/reset/token", "/api/no-such-route", "/no-such-page"];
}
