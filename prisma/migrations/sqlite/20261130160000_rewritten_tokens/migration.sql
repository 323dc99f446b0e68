-- AlterTable
ALTER TABLE "event_row" ADD COLUMN "rewritten_tokens" INTEGER;
