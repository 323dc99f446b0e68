-- AlterTable
ALTER TABLE "event_row" ADD COLUMN     "lost_cache_tokens" BIGINT;
