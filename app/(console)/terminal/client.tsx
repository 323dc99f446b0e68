"use client";

import { useEffect, useRef, useState } from "react";
import { Button } from "#app/_ui/button.tsx";
import { Page } from "#app/_ui/page.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { readOutput } from "./read-output.ts";

/** Commands that the proxy's terminal supports. */
const commands = ["help", "stats", "overrides", "cache stats", "cache clear"] as const;

const LINES_MAX = 500;

interface Line {
  id: number;
  kind: "command" | "output" | "note";
  text: string;
}

type State = "connecting" | "open" | "closed";

/** Terminal over one WebSocket. A lost connection is shown and can be reopened. */
export function TerminalClient() {
  const { state, lines, send, connectAgain } = useTerminal();
  const [draft, setDraft] = useState("");
  const run = (command: string) => {
    if (send(command)) setDraft("");
  };
  return (
    <Page title="Terminal">
      <Panel title="Commands of this installation" aside={<ConnectionState state={state} onAgain={connectAgain} />}>
        <div className="flex flex-wrap gap-2 pb-3">
          {commands.map((command) => (
            <Button key={command} why={state === "open" ? null : "Not connected"} onClick={() => run(command)}>
              <span className="font-mono text-xs">{command}</span>
            </Button>
          ))}
        </div>
        <Output lines={lines} />
        <CommandForm draft={draft} isOpen={state === "open"} onDraft={setDraft} onRun={() => run(draft)} />
      </Panel>
    </Page>
  );
}

function useTerminal() {
  const [attempt, setAttempt] = useState(0);
  const [state, setState] = useState<State>("connecting");
  const [lines, setLines] = useState<readonly Line[]>([]);
  const socket = useRef<WebSocket | null>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `attempt` is the wish to connect again
  useEffect(() => {
    const address = new URL("/terminal", window.location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    const opened = new WebSocket(address);
    socket.current = opened;
    setState("connecting");
    opened.onopen = () => setState("open");
    opened.onmessage = ({ data }) => setLines((now) => withLine(now, "output", readOutput(String(data))));
    opened.onclose = () => setState("closed");
    return () => {
      opened.onclose = null;
      opened.close();
    };
  }, [attempt]);

  /** Whether it was sent. */
  const send = (command: string): boolean => {
    const text = command.trim();
    if (text === "" || state !== "open") return false;
    setLines((now) => withLine(now, "command", text));
    socket.current?.send(JSON.stringify({ type: "command", command: text }));
    return true;
  };
  return { state, lines, send, connectAgain: () => setAttempt((count) => count + 1) };
}

function Output({ lines }: { lines: readonly Line[] }) {
  const end = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: new lines scroll into view
  useEffect(() => {
    end.current?.scrollIntoView({ block: "nearest" });
  }, [lines]);

  return (
    <div
      role="log"
      aria-label="Output"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      className="h-[420px] overflow-y-auto whitespace-pre-wrap rounded-md border border-line bg-sunken p-3 font-mono text-xs leading-5"
    >
      {lines.length === 0 ? <p className="text-ink3">Type help, or press one of the commands above.</p> : null}
      {lines.map((line) => (
        <p key={line.id} className={line.kind === "command" ? "text-accent" : ""}>
          {line.kind === "command" ? `> ${line.text}` : line.text}
        </p>
      ))}
      <div ref={end} />
    </div>
  );
}

function CommandForm({
  draft,
  isOpen,
  onDraft,
  onRun,
}: {
  draft: string;
  isOpen: boolean;
  onDraft: (text: string) => void;
  onRun: () => void;
}) {
  return (
    <form
      className="mt-3 flex gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        onRun();
      }}
    >
      <input
        aria-label="Command"
        value={draft}
        onChange={(event) => onDraft(event.target.value)}
        autoComplete="off"
        spellCheck={false}
        placeholder="help"
        className="h-9 min-w-0 flex-1 rounded-md border border-field bg-surface px-2.5 font-mono text-xs"
      />
      <Button type="submit" look="solid" why={isOpen ? null : "Not connected"} className="h-9">
        Run
      </Button>
    </form>
  );
}

function ConnectionState({ state, onAgain }: { state: State; onAgain: () => void }) {
  if (state === "open") return <span className="text-saved">Connected</span>;
  if (state === "connecting") return <span className="text-ink3">Connecting …</span>;
  return (
    <>
      <span className="text-danger">Not connected</span>
      <button type="button" onClick={onAgain} className="min-h-6 font-medium text-accent">
        Connect again
      </button>
    </>
  );
}

const withLine = (lines: readonly Line[], kind: Line["kind"], text: string): Line[] => [
  ...lines.slice(1 - LINES_MAX),
  { id: (lines.at(-1)?.id ?? 0) + 1, kind, text },
];
