-- Why: audits enter the ledger as releases do, so that readers see what was attacked, when, and whether it held (PRIVACY P11).
-- Undo: the comments of 0030, 0131.
COMMENT ON COLUMN release.edition.vintage_date IS
    'Last day of data in the release; of an audit, the last day that had been released.';
COMMENT ON COLUMN release.edition.version_number IS
    '1 for the first; a correction is a new version. Custom tables and audits count up within the day.';
COMMENT ON COLUMN release.edition.inputs_digest IS
    'SHA-256 of the estimates that went in; of a custom table and an audit, entry_digest of the release it was made from.';
COMMENT ON COLUMN release.edition.figures_digest IS
    'SHA-256 of the figures that came out; of an audit, over the figures_digest of all that had been released.';
COMMENT ON COLUMN release.edition.attacks IS
    'Result of each attack test that ran before publication, or in the audit.';
COMMENT ON COLUMN release.edition.request IS
    'For custom tables what was asked, for open data the year and the privacy budget that it took, for audits the day on '
    'which it ran and how many numbers, texts, folders and trials it had; {} otherwise.';
