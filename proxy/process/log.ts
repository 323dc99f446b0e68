import pino from "pino";
import type { LogLevel } from "#config/read-env.ts";

/** Log of one JSON line per fact, never a body, never a credential. */
export interface Log {
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
  debug(fields: object, message: string): void;
  /** Prints a line meant for a person or a script, unchanged. */
  line(text: string): void;
  /** True when debug lines are wanted: lets the hot path skip building their fields. */
  isDebug: boolean;
  flush(): void;
}

/** Backlog above which lines are dropped: a terminal that stopped reading must not stop the traffic. */
const BACKLOG_BYTES_MAX = 4 * 1024 * 1024;

/** Writes to standard output without ever blocking the event loop on a slow reader. */
export function openLog(level: LogLevel): Log {
  const destination = pino.destination({ dest: 1, sync: false, maxLength: BACKLOG_BYTES_MAX });
  destination.on("error", () => {}); // a closed terminal is no reason to stop serving
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  const lines = gathered((text) => void destination.write(text));
  return {
    error: (fields, message) => logger.error(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    info: (fields, message) => logger.info(fields, message),
    debug: (fields, message) => logger.debug(fields, message),
    line: (text) => lines.add(text),
    isDebug: logger.isLevelEnabled("debug"),
    flush: () => {
      lines.flush();
      try {
        destination.flushSync();
      } catch {
        // Nothing was open yet, or the reader is gone: the line has no destination.
      }
    },
  };
}

const GATHER_MS = 20;

/** Batches the lines of busy moments. At a thousand lines a second, a write for each would cost more than the lines. */
function gathered(write: (text: string) => void): { add(line: string): void; flush(): void } {
  let waiting = "";
  const flush = () => {
    if (waiting !== "") write(waiting);
    waiting = "";
  };
  return {
    add(line) {
      if (waiting === "") setTimeout(flush, GATHER_MS);
      waiting += `${line}\n`;
    },
    flush,
  };
}
