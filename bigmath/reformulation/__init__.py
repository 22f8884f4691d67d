"""Multiple choice to open-ended: the rule (`rewrite`), what it is made of, and the tables it fills (`steps`)."""
