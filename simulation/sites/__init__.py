"""The four listing sites of the synthetic market: three small applications of our own and django-classified as it is."""
