-- CreateTable
CREATE TABLE "session_pin" (
    "key" TEXT NOT NULL,
    "target" TEXT,
    "released_from" TEXT,
    "reason" TEXT NOT NULL,
    "rule_id" TEXT,
    "version" INTEGER,
    "fallback" TEXT NOT NULL,
    "asked_key" TEXT NOT NULL,
    "used_at_ms" BIGINT NOT NULL,
    "written" BIGINT NOT NULL,

    CONSTRAINT "session_pin_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE INDEX "session_pin_written_idx" ON "session_pin"("written");
