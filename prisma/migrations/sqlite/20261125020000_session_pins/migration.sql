-- CreateTable
CREATE TABLE "session_pin" (
    "key" TEXT NOT NULL PRIMARY KEY,
    "target" TEXT,
    "released_from" TEXT,
    "reason" TEXT NOT NULL,
    "rule_id" TEXT,
    "version" INTEGER,
    "fallback" TEXT NOT NULL,
    "asked_key" TEXT NOT NULL,
    "used_at_ms" BIGINT NOT NULL,
    "written" BIGINT NOT NULL
);

-- CreateIndex
CREATE INDEX "session_pin_written_idx" ON "session_pin"("written");
