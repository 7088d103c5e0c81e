"""Read: from the text of a listing to what may be known of it - place, telephone number, language, kind of work."""
