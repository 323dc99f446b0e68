"use client";

import { useEffect, useState } from "react";
import { Segmented } from "./segmented.tsx";

const choices = [
  { value: "system", label: "System" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
] as const;
type Choice = (typeof choices)[number]["value"];

/** Theme switch of this browser. The root layout's script applies the choice before the first paint. */
export function ThemeSwitch() {
  const [choice, setChoice] = useState<Choice>("system");
  useEffect(() => {
    const stored = localStorage.getItem("cco-theme");
    if (stored === "light" || stored === "dark") setChoice(stored);
  }, []);
  const choose = (next: Choice) => {
    setChoice(next);
    localStorage.setItem("cco-theme", next);
    const dark = next === "dark" || (next === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
    document.documentElement.dataset.theme = dark ? "dark" : "light";
  };
  return <Segmented label="Theme" options={choices} value={choice} onChange={choose} />;
}
