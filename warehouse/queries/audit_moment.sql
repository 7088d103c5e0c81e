-- Begin of a reading of everything: as it is at one moment, and refused where row security would keep rows back.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
SET LOCAL row_security = off
