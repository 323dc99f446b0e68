-- AlterTable
ALTER TABLE "proxy_key" ADD COLUMN "endpoints" TEXT NOT NULL DEFAULT 'all';
ALTER TABLE "proxy_key" ADD COLUMN "models" TEXT;
ALTER TABLE "proxy_key" ADD COLUMN "open_requests_max" INTEGER;
ALTER TABLE "proxy_key" ADD COLUMN "requests_per_minute" INTEGER;
