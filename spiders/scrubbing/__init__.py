"""Scrub a page before it becomes a recording: its structure stays, nothing of an advertiser does (`page.scrub`)."""
