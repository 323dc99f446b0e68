import { useCallback, useEffect, useRef, useState } from "react";
import { sendJson } from "#app/_data/get-json.ts";

/** Maximum age of an unsaved keystroke, ms. */
const SAVE_EVERY_MS = 2_000;
const RETRY_MS = 4_000;
/** Maximum size that browsers send from a page being closed. */
const KEEPALIVE_BYTES_MAX = 60_000;

export type DraftStatus =
  | { kind: "none" }
  | { kind: "unsaved" }
  | { kind: "saved"; at: string }
  | { kind: "failed"; message: string };

interface Wanted {
  text: string;
  basedOn: number | null;
  /** The text equals the live one: nothing to save. */
  isUnchanged: boolean;
}

/**
 * Saves the typed draft of the rules on the server. It does so every two seconds while typing goes on, and once more
 * when the page goes away. `forget` throws the draft away. `settle` says that the server has done so itself.
 * Long because saving, retrying, leaving and forgetting share one timer and one last text.
 */
export function useDraft(wanted: Wanted, savedAt: string | null, isAllowed: boolean) {
  const [status, setStatus] = useState<DraftStatus>(savedAt ? { kind: "saved", at: savedAt } : { kind: "none" });
  const latest = useRef(wanted);
  const kept = useRef(buildKey(wanted));
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  latest.current = wanted;

  const save = useCallback(async () => {
    timer.current = null;
    const { text, basedOn, isUnchanged } = latest.current;
    const key = buildKey(latest.current);
    if (key === kept.current) return;
    try {
      if (isUnchanged) {
        await sendJson("DELETE", "/api/rules/draft");
        setStatus({ kind: "none" });
      } else {
        const saved = await sendJson<{ updatedAt: string }>("PUT", "/api/rules/draft", { toml: text, basedOn });
        setStatus({ kind: "saved", at: saved.updatedAt });
      }
      kept.current = key;
    } catch (error) {
      setStatus({ kind: "failed", message: error instanceof Error ? error.message : "The draft was not saved." });
      timer.current = setTimeout(() => void save(), RETRY_MS);
      return;
    }
    if (buildKey(latest.current) !== kept.current) {
      setStatus({ kind: "unsaved" });
      timer.current = setTimeout(() => void save(), SAVE_EVERY_MS);
    }
  }, []);

  const key = buildKey(wanted);
  useEffect(() => {
    if (!isAllowed || key === kept.current || timer.current) return;
    setStatus({ kind: "unsaved" });
    timer.current = setTimeout(() => void save(), SAVE_EVERY_MS);
  }, [key, isAllowed, save]);

  useEffect(() => {
    const leave = () => {
      if (isAllowed && buildKey(latest.current) !== kept.current) sendLast(latest.current);
    };
    const hide = () => document.visibilityState === "hidden" && leave();
    addEventListener("pagehide", leave);
    document.addEventListener("visibilitychange", hide);
    return () => {
      removeEventListener("pagehide", leave);
      document.removeEventListener("visibilitychange", hide);
      // Navigation inside the console unmounts the component, not the document.
      leave();
      if (timer.current) clearTimeout(timer.current);
    };
  }, [isAllowed]);

  const settle = useCallback((now: Wanted) => {
    if (timer.current) clearTimeout(timer.current);
    timer.current = null;
    latest.current = now;
    kept.current = buildKey(now);
    setStatus({ kind: "none" });
  }, []);
  const forget = useCallback(
    async (now: Wanted) => {
      await sendJson("DELETE", "/api/rules/draft");
      settle(now);
    },
    [settle],
  );
  return { status, settle, forget };
}

const buildKey = ({ text, basedOn, isUnchanged }: Wanted): string => (isUnchanged ? "" : `${basedOn}\n${text}`);

function sendLast({ text, basedOn, isUnchanged }: Wanted): void {
  const body = JSON.stringify(isUnchanged ? {} : { toml: text, basedOn });
  void fetch("/api/rules/draft", {
    method: isUnchanged ? "DELETE" : "PUT",
    headers: { "content-type": "application/json" },
    body,
    keepalive: body.length < KEEPALIVE_BYTES_MAX,
  }).catch(() => undefined);
}
