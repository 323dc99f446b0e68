-- CreateTable
CREATE TABLE "archive_file" (
    "name" TEXT NOT NULL,
    "day" TEXT NOT NULL,
    "part" INTEGER NOT NULL,
    "rows" INTEGER NOT NULL,
    "bytes" BIGINT NOT NULL,
    "sha256" TEXT NOT NULL,
    "folder" TEXT NOT NULL,
    "hostname" TEXT NOT NULL,
    "written_at" TIMESTAMP(3) NOT NULL,
    "deleted_rows" INTEGER NOT NULL,
    "deleted_at" TIMESTAMP(3),
    "id_hashes" TEXT NOT NULL,

    CONSTRAINT "archive_file_pkey" PRIMARY KEY ("name")
);

-- CreateIndex
CREATE UNIQUE INDEX "archive_file_day_part_key" ON "archive_file"("day", "part");

