import type { OwnUsage } from "#control/connect/own-usage.ts";
import { ACCESS_TOKEN_PREFIX, PROXY_KEY_PREFIX } from "#core/access/own-secrets.ts";
import { readSecretVariable } from "../secret-variable.ts";

/** Who asks which server. */
export interface Source {
  origin: string;
  /** A proxy key or access token of CCO: another credential is never sent. */
  secret: string;
}

const ANSWER_BYTES_MAX = 64 * 1024;

type Env = Readonly<Record<string, string | undefined>>;

/** The address and key that Claude Code uses itself, else those of `cco`; null without a pair. */
export function findSource(env: Env): Source | null {
  const headers = env.ANTHROPIC_CUSTOM_HEADERS ?? "";
  const header = /^x-cco-key:\s*(\S+)/im.exec(headers)?.[1];
  const keys = [header, env.ANTHROPIC_AUTH_TOKEN, env.ANTHROPIC_API_KEY];
  return (
    parseSource(
      env.ANTHROPIC_BASE_URL,
      keys.find((key) => key?.startsWith(PROXY_KEY_PREFIX)),
    ) ?? parseSource(env.CCO_URL, accessToken())
  );
}

function accessToken(): string | undefined {
  const token = readSecretVariable("CCO_TOKEN");
  return token?.startsWith(ACCESS_TOKEN_PREFIX) ? token : undefined;
}

function parseSource(address: string | undefined, secret: string | undefined): Source | null {
  if (!address || !secret || !URL.canParse(address)) return null;
  const { origin, protocol } = new URL(address);
  return protocol === "http:" || protocol === "https:" ? { origin, secret } : null;
}

/** Asks the server once; null for anything but an answer of CCO within its time. No redirect is followed. */
export async function readUsage(
  { origin, secret }: Source,
  session: string,
  withinMs: number,
): Promise<OwnUsage | null> {
  // Not `fetch`: loading it costs more than the whole rest.
  const { request } = origin.startsWith("https:") ? await import("node:https") : await import("node:http");
  const url = `${origin}/api/usage/own${session === "" ? "" : `?session=${encodeURIComponent(session)}`}`;
  const text = await new Promise<string | null>((resolve) => {
    const end = () => {
      asked.destroy();
      resolve(null);
    };
    const asked = request(url, { headers: { authorization: `Bearer ${secret}` }, agent: false }, (response) => {
      if (response.statusCode !== 200) return end();
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > ANSWER_BYTES_MAX) end();
        chunks.push(chunk);
      });
      response.on("end", () => resolve(Buffer.concat(chunks).toString()));
      response.on("error", end);
    });
    asked.on("error", () => resolve(null));
    setTimeout(end, withinMs).unref();
    asked.end();
  });
  const usage: unknown = text === null ? null : JSON.parse(text);
  return isUsage(usage) ? usage : null;
}

/** Whether the line can be made of it. By hand, because a library would take longer to load than the line to write. */
export function isUsage(value: unknown): value is OwnUsage {
  const usage = value as Partial<Record<keyof OwnUsage, unknown>> | null;
  if (typeof usage !== "object" || usage === null || !Array.isArray(usage.left)) return false;
  const today = usage.today as Record<string, unknown> | undefined;
  const sums = ["costNanoUsd", "savedNanoUsd", "avoidedNanoUsd", "planValueNanoUsd"];
  if (!sums.every((name) => today?.[name] === null || isAmount(today?.[name])) || typeof today?.unpriced !== "number")
    return false;
  if (!usage.left.every((one) => isAmount(one?.leftNanoUsd))) return false;
  const latest = usage.latest as { requested?: unknown; served?: unknown } | null | undefined;
  return latest === null || (typeof latest === "object" && isName(latest.requested) && isName(latest.served));
}

const isAmount = (value: unknown): boolean => typeof value === "string" && /^-?\d{1,30}$/.test(value);
const isName = (value: unknown): boolean => value === null || typeof value === "string";
