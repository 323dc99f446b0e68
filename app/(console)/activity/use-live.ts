"use client";

import { useEffect, useRef, useState } from "react";
import { getJson } from "#app/_data/get-json.ts";
import type { LiveRequests, RequestRow } from "#core/activity/request-view.ts";
import { arrived, drawn, type LiveFeed, startFeed } from "./live-feed.ts";

const LOOK_EVERY_MS = 1_000;
/** Drawing interval; faster, a row would move before it can be read. */
const ROWS_PER_SECOND = 5;
/** Scroll offset from which the reader is assumed to be reading. */
const READING_FROM_PX = 80;

export interface Live {
  feed: LiveFeed;
  isPaused: boolean;
  error: string | null;
  /** Draws the pending rows and resumes. */
  resume: () => void;
}

/**
 * Follows ending requests, starting from the shown rows. Pauses while the reader is reading: scrolled down, text
 * selected, or `isReading` (a sheet is open). Null while it is off.
 */
export function useLive(
  isOn: boolean,
  params: Record<string, string>,
  { rows: first, asOfMs }: { rows: readonly RequestRow[]; asOfMs: number | undefined },
  isReading: boolean,
): Live | null {
  const key = isOn ? JSON.stringify(params) : null;
  const [started, setStarted] = useState<string | null>(null);
  const [feed, setFeed] = useState<LiveFeed>(() => startFeed(first));
  const [isPaused, setIsPaused] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const reading = useRef(isReading);
  reading.current = isReading;
  const begins = useRef(asOfMs);
  begins.current = asOfMs;
  if (key !== started) {
    setStarted(key);
    setFeed(startFeed(first));
    setError(null);
  }

  useEffect(() => {
    if (key === null) return;
    // Starts at the time the list was read, so that no request is missed.
    return follow(JSON.parse(key) as Record<string, string>, begins.current, {
      onTick: () => {
        const pause = reading.current || isPersonReading();
        setIsPaused(pause);
        if (!pause) setFeed((now) => drawn(now, ROWS_PER_SECOND));
      },
      onNews: (rows) => setFeed((now) => arrived(now, rows)),
      onError: setError,
    });
  }, [key]);

  if (key === null) return null;
  const resume = () => {
    window.getSelection()?.removeAllRanges();
    window.scrollTo({ top: 0 });
    setIsPaused(false);
    setFeed((now) => drawn(now, Number.POSITIVE_INFINITY));
  };
  return { feed, isPaused, error, resume };
}

/** Polls once a second, one poll at a time, and not while the tab is hidden. Returns a function that stops it. */
function follow(
  asked: Record<string, string>,
  from: number | undefined,
  listener: {
    onTick: () => void;
    onNews: (rows: readonly RequestRow[]) => void;
    onError: (text: string | null) => void;
  },
): () => void {
  const stop = new AbortController();
  let since = from;
  let isLooking = false;
  const look = async () => {
    listener.onTick();
    if (isLooking || document.hidden) return;
    isLooking = true;
    try {
      const news = await getJson<LiveRequests>("/api/activity/live", { ...asked, since }, stop.signal);
      since = news.until;
      listener.onError(null);
      listener.onNews(news.rows);
    } catch (problem) {
      if (!stop.signal.aborted)
        listener.onError(problem instanceof Error ? problem.message : "The console did not answer.");
    } finally {
      isLooking = false;
    }
  };
  void look();
  const timer = setInterval(() => void look(), LOOK_EVERY_MS);
  return () => {
    stop.abort();
    clearInterval(timer);
  };
}

function isPersonReading(): boolean {
  const selection = window.getSelection();
  return window.scrollY > READING_FROM_PX || (selection !== null && !selection.isCollapsed);
}
