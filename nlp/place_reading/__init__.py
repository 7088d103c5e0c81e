"""Places: is this word a place here, which of the places of that name, and is the advertiser there."""
