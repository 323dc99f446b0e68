-- Requests that a proxy refused lately, for people who connect.
ALTER TABLE "instance" ADD COLUMN "arrivals" TEXT;
