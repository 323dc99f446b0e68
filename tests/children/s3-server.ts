import { createRequire } from "node:module";
import process from "node:process";

// A small S3 server. Its keys are S3RVER and S3RVER; objects lie below a folder, so that a test can look at them and change them.

interface Context {
  path: string;
  params: { bucket?: string };
}
type Middleware = (ctx: Context, next: () => Promise<void>) => Promise<void>;

const require = createRequire(import.meta.url);
const authentication = "@20minutes/s3rver/lib/middleware/authentication";
const makeCheck: () => Middleware = require(authentication);
// Replace the signature check of the S3 server. The original checks signatures, but over the path of a bucket without
// the slash at its end. Amazon's client sends and signs that slash.
const loaded = require.cache[require.resolve(authentication)];
if (loaded === undefined) throw new Error(`${authentication} was not loaded`);
loaded.exports = (): Middleware => {
  const check = makeCheck();
  return (ctx, next) => {
    const { bucket } = ctx.params;
    if (bucket === undefined || ctx.path !== `/${bucket}/`) return check(ctx, next);
    ctx.params.bucket = `${bucket}/`;
    return check(ctx, () => {
      ctx.params.bucket = bucket;
      return next();
    });
  };
};
const S3rver = require("@20minutes/s3rver");

const { directory, buckets }: { directory: string; buckets: string[] } = JSON.parse(process.argv[2] ?? "");
const configureBuckets = buckets.map((name) => ({ name, configs: [] }));
const server = new S3rver({ address: "127.0.0.1", port: 0, silent: true, directory, configureBuckets });
const { port } = await server.run();
process.stdout.write(`${port}\n`);
// A test that was killed ends no process.
const parent = process.ppid;
setInterval(() => process.ppid === parent || process.exit(), 1_000);
