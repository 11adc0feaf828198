"""Who is praised or blamed for what: aspect, opinion and polarity of a text, with exact spans."""
