-- AlterTable
ALTER TABLE "request_event" ADD COLUMN     "edits" TEXT;
