"""One HTML file that shows a published version: `bigmath report`.

`facts` reads the warehouse, `mathematics` turns LaTeX into MathML, `page` puts them into the template beside this file.
The page needs no network: browsers draw MathML themselves, charts are plain HTML, and a content security policy forbids
everything else.
"""

from bigmath.report.facts import Facts, gather
from bigmath.report.page import render

__all__ = ["Facts", "gather", "render"]
