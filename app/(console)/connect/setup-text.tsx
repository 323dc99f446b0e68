"use client";

import type { ReactNode } from "react";
import { CodeBlock } from "#app/_ui/code.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { Segmented } from "#app/_ui/segmented.tsx";
import { TabPanel, Tabs } from "#app/_ui/tabs.tsx";
import { type Shell, type SnippetInput, type Surface, snippetsFor } from "./snippets.ts";

const tabs: readonly { value: Surface; label: string }[] = [
  { value: "shell", label: "Shell" },
  { value: "settings", label: "settings.json" },
  { value: "vscode", label: "VS Code" },
  { value: "actions", label: "GitHub Actions" },
  { value: "managed", label: "Managed" },
];

const shells: readonly { value: Shell; label: string }[] = [
  { value: "posix", label: "bash, zsh" },
  { value: "fish", label: "fish" },
  { value: "powershell", label: "PowerShell" },
];

/** Snippets to paste, for each place where Claude Code runs. */
export function SetupText({
  surface,
  onSurface,
  onShell,
  input,
}: {
  surface: Surface;
  onSurface: (surface: Surface) => void;
  onShell: (shell: Shell) => void;
  input: SnippetInput;
}) {
  const isLocal = /^https?:\/\/(localhost|127\.|\[::1\])/.test(input.baseUrl);
  return (
    <Panel title="Point Claude Code at CCO">
      <Tabs label="Where Claude Code runs" tabs={tabs} value={surface} onChange={onSurface}>
        {tabs.map(({ value }) => (
          <TabPanel key={value} value={value}>
            <div className="space-y-3">
              {value === "shell" ? (
                <div className="flex">
                  <Segmented label="Shell" options={shells} value={input.shell} onChange={onShell} />
                </div>
              ) : null}
              {snippetsFor(value, input).map(({ label, text }) => (
                <CodeBlock key={label} label={label} text={text} />
              ))}
              <div className="max-w-[72ch] space-y-1.5 text-ink2">{notes(value, isLocal)}</div>
            </div>
          </TabPanel>
        ))}
      </Tabs>
    </Panel>
  );
}

function notes(surface: Surface, isLocal: boolean): ReactNode {
  const local = isLocal ? <p className="text-warn">This address is only reachable from this machine.</p> : null;
  switch (surface) {
    case "shell":
      return (
        <p>
          Then start Claude Code in the same terminal. A settings.json that names another address wins over the shell.
        </p>
      );
    case "settings":
      return (
        <p>
          Put the lines under <Code>env</Code> and keep what is there. Use the file in your home folder, never the one
          in a project: that one is committed, and the key with it.
        </p>
      );
    case "vscode":
      return (
        <p>
          Open the command palette, choose <em>Preferences: Open User Settings (JSON)</em>, add the entry and reload the
          window. The extension also reads ~/.claude/settings.json, so one of the two is enough.
        </p>
      );
    case "actions":
      return (
        <>
          <p>
            Store the key as a repository secret, never in the file. An admin can issue one that belongs to no person on
            the Team page.
          </p>
          {local}
        </>
      );
    case "managed":
      return (
        <>
          <p>
            For a whole fleet, place the file where people cannot change it: <Code>/etc/claude-code/</Code> on Linux,{" "}
            <Code>/Library/Application Support/ClaudeCode/</Code> on macOS, <Code>C:\Program Files\ClaudeCode\</Code> on
            Windows. It holds the address only; each person’s key stays in their own settings.
          </p>
          {local}
        </>
      );
  }
}

const Code = ({ children }: { children: string }) => <code className="font-mono text-xs text-ink">{children}</code>;
