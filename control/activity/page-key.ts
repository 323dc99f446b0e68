import * as z from "zod";
import type { EventKey } from "#store/events.ts";

export type KeyField = EventKey | undefined;

/** Where a page of events begins, as it travels in an address: `1795000000000.evt_…`. */
export const keyField = z
  .string()
  .max(200)
  .regex(/^\d{1,15}\.[\w-]+$/, "Pass the key of the page before as it came.")
  .optional()
  .transform((text): KeyField => {
    if (text === undefined) return undefined;
    const dot = text.indexOf(".");
    return { startedAtMs: Number(text.slice(0, dot)), id: text.slice(dot + 1) };
  });

export const keyText = ({ startedAtMs, id }: EventKey): string => `${startedAtMs}.${id}`;
