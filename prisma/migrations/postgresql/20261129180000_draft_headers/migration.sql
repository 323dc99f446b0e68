-- AlterTable
ALTER TABLE "rule_draft" ADD COLUMN     "header_names" TEXT NOT NULL DEFAULT '';
