"""Files in and out: one table of molecule formats, readers of text and arrays, one atomic writer."""
