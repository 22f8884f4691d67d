"""Matrices, piecewise definitions, displays, sets and set-builders."""

from bigmath.verifier.cursor import Cursor
from bigmath.verifier.lexer import Token
from bigmath.verifier.tree import Node, Unreadable, names, walk

_DISPLAYS = frozenset(
    {
        "align",
        "aligned",
        "gather",
        "gathered",
        "equation",
        "split",
        "alignat",
        "eqnarray",
        "displaymath",
        "multline",
        "flalign",
    }
)
_MATRICES = frozenset(
    {"matrix", "pmatrix", "bmatrix", "Bmatrix", "vmatrix", "Vmatrix", "smallmatrix", "array", "psmallmatrix"}
)
_CONDITION_STARTS = frozenset({"if", "for", "when", "where", "as", "in", "and"})


class Environments(Cursor):
    """What stands between `\\begin` and `\\end`, or between `\\{` and `\\}`."""

    def environment(self, name: str, *, piecewise: bool = False) -> Node:
        """`piecewise` where an open brace stands before it."""
        piecewise = piecewise or name.startswith("cases")
        self.at += 1
        if not piecewise and name.rstrip("*") in _DISPLAYS:
            return self.display(name)
        rows: list[list[Node]] = [[]]
        while True:
            token = self.tokens[self.at]
            if token.kind == "end":
                raise Unreadable("unclosed environment")
            if token.kind == "close":
                if token.value != name:
                    raise Unreadable("wrong environment")
                self.at += 1
                break
            if token.kind == "op" and token.value == "&":
                self.at += 1
            elif token.kind == "cmd" and (token.value.startswith("\\") or token.value == "cr"):
                self.at += 1
                rows.append([])
            elif (token.kind == "cmd" and token.value == "hline") or (
                token.kind == "op" and token.value in (",", ".", ";") and piecewise
            ):
                self.at += 1
            else:
                rows[-1].append(self.condition() if piecewise else self.relation())
        rows = [row for row in rows if row]
        if piecewise or name.rstrip("*") not in _MATRICES:
            return _by_environment("cases" if piecewise else name.rstrip("*"), rows)
        width = len(rows[0]) if rows else 0
        if not width or any(len(row) != width for row in rows):
            raise Unreadable("ragged matrix")
        matrix = Node("matrix", tuple(cell for row in rows for cell in row), (len(rows), width))
        return Node("fn", (matrix,), "det") if name == "vmatrix" else matrix

    def display(self, name: str) -> Node:
        """The rows of an aligned display, one that starts with = continuing the last; & only aligns."""
        rows: list[list[Token]] = [[]]
        while (token := self.tokens[self.at]).kind != "close":
            if token.kind in ("end", "begin"):
                raise Unreadable("display")
            if token.value == "\\" and token.kind == "cmd":
                rows.append([])
            elif token.value != "&":
                if token.value in ("=", "approx") and not rows[-1] and len(rows) > 1:
                    rows.pop()
                rows[-1].append(token)
            self.at += 1
        if token.value != name:
            raise Unreadable("wrong environment")
        self.at += 1
        nodes = [type(self)([*row, Token("end", None, False)], self).answer() for row in rows if row]
        if not nodes:
            raise Unreadable("empty display")
        return nodes[0] if len(nodes) == 1 else Node("list", tuple(nodes), ",")

    def condition(self) -> Node:
        """One cell of a piecewise definition: mathematics, or words such as `n even` in one spelling."""
        while self.tokens[self.at].kind == "word" and self.tokens[self.at].value.lower() in _CONDITION_STARTS:
            self.at += 1
        start = self.at
        try:
            node = self.relation()
            if self.cell_ends():
                return node
        except Unreadable:
            pass
        self.at = start
        found: list[str] = []
        while not self.cell_ends():
            token = self.tokens[self.at]
            found.append(str(token.value[0]) if token.kind == "num" else str(token.value).lower())
            self.at += 1
        words = " ".join(word for word in found if word not in ("is", "are", "an", "a", ","))
        return Node("text", (), words if words not in ("", "else") else "otherwise")

    def cell_ends(self) -> bool:
        token = self.tokens[self.at]
        if token.kind == "op" and token.value in (",", ".", ";"):
            token = self.tokens[self.at + 1]
        return token.kind in ("close", "end") or (token.kind == "op" and token.value == "&") or (
            token.kind == "cmd" and token.value.startswith("\\"))  # fmt: skip

    def set(self) -> Node:
        """`\\{1, 2\\}` or `\\{x \\mid condition\\}`."""
        self.at += 1
        if self.tokens[self.at].kind == "cmd" and self.tokens[self.at].value == "}":
            self.at += 1
            return Node("const", (), "empty")
        if self.tokens[self.at].kind == "begin":
            node = self.environment(self.tokens[self.at].value, piecewise=True)
            self.at += self.tokens[self.at].kind == "cmd" and self.tokens[self.at].value == "}"
            return node
        start = self.at
        try:
            self.bars += 1
            head = self.set_head()
        except Unreadable:
            head = None
        finally:
            self.bars -= 1
        token = self.tokens[self.at]
        if head is not None and (token.value in ("|", "mid", ":", "vert") or (token.value == "middle")):
            self.at += 1
            condition = self.listing(("}",))
            node = _built(head, condition)
        else:
            self.at = start
            inner = self.listing(("}",))
            node = Node("set", inner.args if inner.op == "list" else (inner,))
        closing = self.tokens[self.at]
        if closing.kind not in ("cmd", "op") or closing.value != "}":
            raise Unreadable("unclosed set")
        self.at += 1
        return node

    def set_head(self) -> Node:
        left = self.sum()
        if self.operator() == "in":
            self.at += 1
            return Node("rel", (left, self.union_no_ratio()), ("in",))
        return left

    def union_no_ratio(self) -> Node:
        return self.sum()


def _built(head: Node, condition: Node) -> Node:
    """{2k : k in Z} and {x : x = 2k} as a family in k, any other condition as a set-builder."""
    if head.op not in ("sym", "rel") and condition.op == "rel" and condition.value == ("in",):
        (domain,) = condition.args[1:]
        if domain.op == "const" and condition.args[0].op == "sym" and condition.args[0] in walk(head):
            return Node("family", (head,), condition.args[0].value)
    if head.op == "sym" and condition.op == "rel" and condition.value == ("=",) and condition.args[0] == head:
        parameters = names(condition.args[1])
        if len(parameters) == 1 and head.value not in parameters:
            return Node("family", condition.args[1:], *parameters)
    return Node("builder", (head, condition))


def _by_environment(name: str, rows: list[list[Node]]) -> Node:
    if name == "cases":
        if all(len(row) == 2 for row in rows):
            return Node("cases", tuple(Node("group", tuple(row), "()") for row in rows))
        if rows and all(len(row) == 1 for row in rows):
            return Node("list", tuple(row[0] for row in rows), ",")
    raise Unreadable(f"environment {name}")
