import { existsSync } from "node:fs";
import { join } from "node:path";

/** What scripts/setup.mjs leaves behind a build: who builds in this folder once more is a developer or updates it. */
const wasBuilt = existsSync(join(import.meta.dirname, "node_modules", ".cco", "console"));

/** @type {import("next").NextConfig} */
export default {
  distDir: process.env.CCO_NEXT_DIST || ".next",
  poweredByHeader: false,
  devIndicators: false,
  // Types are checked by `npm test`, tests included; a start must not fail because of a test's type.
  typescript: { ignoreBuildErrors: true },
  // The optimiser has had remote code execution; every image here is a static file of ours.
  images: { unoptimized: true },
  serverExternalPackages: [
    "@libsql/client",
    "libsql",
    "@prisma/adapter-libsql",
    "@prisma/adapter-pg",
    "pg",
    "@node-rs/argon2",
    "nodemailer",
    "@aws-sdk/client-s3",
  ],
  turbopack: { root: import.meta.dirname },
  // Both cost a fifth of a build's processor time. No process reads the maps, and an image is built once.
  experimental: { turbopackSourceMaps: false, turbopackFileSystemCacheForBuild: wasBuilt },
  // The content security policy carries a nonce per answer and is set by the proxy in front (proxy/routes/console.ts).
  headers: async () => [
    {
      source: "/:path*",
      headers: [
        { key: "X-Content-Type-Options", value: "nosniff" },
        { key: "Referrer-Policy", value: "no-referrer" },
        { key: "X-Frame-Options", value: "DENY" },
        { key: "Cross-Origin-Opener-Policy", value: "same-origin" },
        { key: "Permissions-Policy", value: "camera=(), microphone=(), geolocation=()" },
      ],
    },
  ],
};
