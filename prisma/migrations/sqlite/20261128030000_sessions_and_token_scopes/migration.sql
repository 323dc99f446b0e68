-- AlterTable
ALTER TABLE "access_token" ADD COLUMN "scopes" TEXT NOT NULL DEFAULT 'read';

-- AlterTable
ALTER TABLE "audit_entry" ADD COLUMN "token_id" TEXT;
ALTER TABLE "audit_entry" ADD COLUMN "token_name" TEXT;

-- AlterTable
ALTER TABLE "rule_version" ADD COLUMN "token_name" TEXT;

-- CreateTable
CREATE TABLE "sign_in_session" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "person_id" TEXT NOT NULL,
    "browser" TEXT,
    "address" TEXT,
    "created_at" DATETIME NOT NULL,
    "last_seen_at" DATETIME NOT NULL,
    "expires_at" DATETIME NOT NULL,
    CONSTRAINT "sign_in_session_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "sign_in_session_person_id_idx" ON "sign_in_session"("person_id");

-- Tokens of before there were scopes may read only, and none lives for ever. Those of disabled people are revoked for good.
UPDATE "access_token" SET "expires_at" = strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now', '+90 days') WHERE "expires_at" IS NULL;
UPDATE "access_token" SET "revoked_at" = strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')
WHERE "revoked_at" IS NULL AND "person_id" IN (SELECT "id" FROM "person" WHERE "disabled_at" IS NOT NULL);
