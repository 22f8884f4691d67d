"""A published version as a data set for the Hub: a folder with Parquet shards, card, Croissant metadata and manifest.

`build` makes the folder, `manifest` describes it, `card` and `croissant` are written from the manifest alone, `changes`
compares two releases, `inspect` recomputes every number, and `push` uploads.
"""
