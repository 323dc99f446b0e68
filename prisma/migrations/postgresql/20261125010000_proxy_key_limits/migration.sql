-- AlterTable
ALTER TABLE "proxy_key" ADD COLUMN     "endpoints" TEXT NOT NULL DEFAULT 'all',
ADD COLUMN     "models" TEXT,
ADD COLUMN     "open_requests_max" INTEGER,
ADD COLUMN     "requests_per_minute" INTEGER;
