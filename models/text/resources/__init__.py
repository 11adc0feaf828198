"""Word lists of the text layer, read by functions and cached; nothing is read at import."""
