-- AlterTable
ALTER TABLE "request_event" ADD COLUMN     "usage_parts" TEXT;
