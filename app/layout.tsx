import type { Metadata, Viewport } from "next";
import { headers } from "next/headers";
import type { ReactNode } from "react";
import { Providers } from "#app/_data/providers.tsx";
import "./globals.css";

export const metadata: Metadata = {
  title: { default: "CCO", template: "%s · CCO" },
  description: "The control plane for a team's Claude Code traffic.",
  robots: { index: false, follow: false },
};

export const viewport: Viewport = {
  width: "device-width",
  initialScale: 1,
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#faf9f6" },
    { media: "(prefers-color-scheme: dark)", color: "#11110f" },
  ],
};

/** Sets the theme before the first paint. Runs under the nonce of the page's policy. */
const themeScript = `(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    let choice = "system";
    try { choice = localStorage.getItem("cco-theme") || "system"; } catch {}
    root.dataset.theme = choice === "dark" || (choice === "system" && dark.matches) ? "dark" : "light";
  };
  apply();
  dark.addEventListener("change", apply);
})()`;

/** Frame of every page: the theme is set by a script before the first paint. */
export default async function RootLayout({ children }: { children: ReactNode }) {
  const nonce = (await headers()).get("x-nonce") ?? undefined;
  return (
    <html lang="en" suppressHydrationWarning>
      <head>
        {/* biome-ignore lint/security/noDangerouslySetInnerHtml: a constant of ours, no data in it */}
        <script nonce={nonce} suppressHydrationWarning dangerouslySetInnerHTML={{ __html: themeScript }} />
      </head>
      <body className="font-sans text-sm">
        <Providers>{children}</Providers>
      </body>
    </html>
  );
}
