"""The topic of a problem in one small vocabulary: from the source's own label, else from a small shipped classifier."""
