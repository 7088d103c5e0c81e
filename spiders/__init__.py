"""Collect: public pages become listings. Polite, and loud when blind.

A source is a class and a contract (`sources/<name>.py`, `sources/<name>.yml`); `base.ListingSpider` holds, once, how
one crawls; `safety.SafeSettings` holds, once, what a crawl may not do; `crawl.crawl` runs one source for one day.
"""
