-- Enter a release in the ledger.
SELECT release.enter(
    %(vintage)s, %(version)s, %(kind)s, %(ruleset)s, %(estimator)s, %(inputs)s, %(figures)s, %(attacks)s, %(request)s
) AS entry_digest
