-- AlterTable
ALTER TABLE "access_token" ADD COLUMN     "scopes" TEXT NOT NULL DEFAULT 'read';

-- AlterTable
ALTER TABLE "audit_entry" ADD COLUMN     "token_id" TEXT,
ADD COLUMN     "token_name" TEXT;

-- AlterTable
ALTER TABLE "rule_version" ADD COLUMN     "token_name" TEXT;

-- CreateTable
CREATE TABLE "sign_in_session" (
    "id" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "browser" TEXT,
    "address" TEXT,
    "created_at" TIMESTAMP(3) NOT NULL,
    "last_seen_at" TIMESTAMP(3) NOT NULL,
    "expires_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "sign_in_session_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "sign_in_session_person_id_idx" ON "sign_in_session"("person_id");

-- AddForeignKey
ALTER TABLE "sign_in_session" ADD CONSTRAINT "sign_in_session_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Tokens of before there were scopes may read only, and none lives for ever. Those of disabled people are revoked for good.
UPDATE "access_token" SET "expires_at" = (CURRENT_TIMESTAMP AT TIME ZONE 'UTC') + INTERVAL '90 days' WHERE "expires_at" IS NULL;
UPDATE "access_token" SET "revoked_at" = (CURRENT_TIMESTAMP AT TIME ZONE 'UTC')
WHERE "revoked_at" IS NULL AND "person_id" IN (SELECT "id" FROM "person" WHERE "disabled_at" IS NOT NULL);
