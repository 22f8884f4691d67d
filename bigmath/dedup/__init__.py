"""Duplicates among many statements: reading, signatures, candidates, the guard, clusters and families.

    text -> tokens (`reading`) -> exact key, numbers, signature (`signing`) -> candidate pairs (`candidates`)
         -> verdicts (`guarding`) -> clusters and families (`engine`)

Every step is a pure function of a batch; `engine` runs them on one machine, `on_ray` on several.
"""
