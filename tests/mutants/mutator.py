"""Changes of a source, one at a time, that tests should notice."""

from __future__ import annotations

import ast
import copy
import difflib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar

NodeT = TypeVar("NodeT", bound=ast.AST)

_OTHER: Final = "mutant"
_MOST_SHOWN: Final = 60

_COMPARISONS: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_OPERATORS: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
_TRUE: Final = ast.Constant(value=True)
_FALSE: Final = ast.Constant(value=False)
_NONE: Final = ast.Constant(value=None)


@dataclass(frozen=True)
class Mutant:
    """One change of a source."""

    function: str
    """The qualified name of the function that it is in; empty at the top of the module."""
    text: str
    """The line that it is in."""
    change: str
    """The change; equal changes in equal lines are numbered from the second one on."""
    lines: range
    """The lines of the statement that it is in, without those of inner statements."""
    is_in_a_body: bool
    """Whether it is executed when the function is called, not when the module is imported."""
    source: str
    """The whole source after it."""
    diff: str


@dataclass(frozen=True)
class _Site:
    """A node in a tree, and how to replace it."""

    node: ast.AST
    put: Callable[[ast.AST], None]
    function: str
    line: int
    statement: ast.stmt
    is_in_a_body: bool


def mutants(source: str, wanted: Callable[[str], bool] = lambda _: True) -> Iterator[Mutant]:
    """Yield each change of `source` in a function whose qualified name is `wanted`."""
    tree = ast.parse(source)
    texts = source.splitlines()
    begin = _Site(tree, _put_nothing, "", 1, tree.body[0], is_in_a_body=False)
    sites = [site for site in _sites(begin, None) if wanted(site.function)]
    alike: Counter[tuple[str, str, str]] = Counter()
    for site in sites:
        before = ast.unparse(site.statement)
        for change, other in list(_others(site.node)):
            site.put(ast.fix_missing_locations(ast.copy_location(other, site.node)))
            changed = ast.unparse(tree)
            # A removed statement is shown by its replacement.
            shown = other if site.node is site.statement else site.statement
            after = ast.unparse(shown)
            site.put(site.node)
            text = texts[site.line - 1].strip()
            alike[site.function, text, change] += 1
            number = alike[site.function, text, change]
            yield Mutant(
                function=site.function,
                text=text,
                change=change if number == 1 else f"{change} ({number})",
                lines=_own_lines(site.statement),
                is_in_a_body=site.is_in_a_body,
                source=changed,
                diff=_diff(before, after),
            )


def unchanged(source: str) -> str:
    """Return `source` in the form in which mutants are written."""
    return ast.unparse(ast.parse(source))


def _put_nothing(_: ast.AST) -> None:
    """Do nothing, because the root of a tree cannot be replaced."""


def _sites(around: _Site, line: int | None) -> Iterator[_Site]:
    """Yield the sites within another one; `line` is the line of the surrounding f-string."""
    parent, inside = around.node, around.function
    if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        inside = f"{inside}.{parent.name}".lstrip(".")
    for field, value in ast.iter_fields(parent):
        if _is_skipped(parent, field):
            continue
        is_function = isinstance(parent, _FUNCTIONS) and field == "body"
        for index, node in enumerate(value if isinstance(value, list) else [value]):
            if not isinstance(node, ast.AST) or _has_no_effect(node):
                continue
            if index == 0 and field == "args" and _is_call_of(parent, "cast"):
                continue
            statement = node if isinstance(node, ast.stmt) else around.statement
            site = _Site(
                node,
                _setter(parent, field, index),
                inside,
                line or int(getattr(node, "lineno", around.line)),
                statement,
                around.is_in_a_body or is_function,
            )
            yield site
            # Python 3.11 has wrong line numbers inside f-strings.
            yield from _sites(site, site.line if isinstance(node, ast.JoinedStr) else line)


def _setter(parent: ast.AST, field: str, index: int) -> Callable[[ast.AST], None]:
    def put(node: ast.AST) -> None:
        value = getattr(parent, field)
        if isinstance(value, list):
            value[index] = node
        else:
            setattr(parent, field, node)

    return put


def _is_skipped(parent: ast.AST, field: str) -> bool:
    """Return whether a field is only for type checkers, or is not code."""
    return (
        field in {"annotation", "returns", "bases", "format_spec", "ctx", "op", "ops"}
        or (field == "targets" and isinstance(parent, ast.Assign))
        or (field == "target" and not isinstance(parent, ast.NamedExpr))
    )


def _has_no_effect(node: ast.AST) -> bool:
    """Return whether running a node does nothing: types and docstrings."""
    match node:
        case ast.Expr(value=ast.Constant(value=str())):
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.Assign(value=ast.Subscript()) if node.col_offset == 0:
            return True
        case ast.Assign(value=ast.Call()):
            return _is_call_of(node.value, "TypeVar")
    return False


def _is_call_of(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


def _own_lines(statement: ast.stmt) -> range:
    body = getattr(statement, "body", None)
    end = body[0].lineno if body else (statement.end_lineno or statement.lineno) + 1
    return range(statement.lineno, max(end, statement.lineno + 1))


def _diff(before: str, after: str) -> str:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=1, lineterm="")
    return "\n".join([*lines][3:])


def _others(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield the replacements of a node, with their descriptions."""
    for other in _other_expressions(node) if isinstance(node, ast.expr) else ():
        yield f"{_short(node)} -> {_short(other)}", other
    if isinstance(node, ast.stmt):
        yield from _other_statements(node)
    if isinstance(node, ast.comprehension):
        for index, condition in enumerate(node.ifs):
            yield f"if {_short(condition)} dropped", _without(node, "ifs", index)
    if isinstance(node, ast.ExceptHandler) and node.type:
        yield f"except {_short(node.type)} dropped", _with(node, type=ast.Tuple([], ast.Load()))


def _other_expressions(  # noqa: C901, PLR0912 - one for each kind
    node: ast.expr,
) -> Iterator[ast.expr]:
    match node:
        case ast.Compare(ops=[operator]):
            yield _with(node, ops=[_COMPARISONS[type(operator)]()])
        case ast.BoolOp():
            yield _with(node, op=ast.And() if isinstance(node.op, ast.Or) else ast.Or())
            for index in range(len(node.values)):
                yield _without(node, "values", index)
        case ast.UnaryOp():
            yield node.operand
        case ast.BinOp():
            yield _with(node, op=_OPERATORS[type(node.op)]())
        case ast.IfExp():
            yield node.body
            yield node.orelse
        case ast.Constant():
            yield from _other_constants(node.value)
        case ast.Call():
            yield from _other_calls(node)
        case ast.Slice():
            for bound in ("lower", "upper"):
                if getattr(node, bound):
                    yield _with(node, **{bound: None})
        case ast.Dict():
            for index in range(len(node.keys)):
                yield _with(_without(node, "keys", index), values=_cut(node.values, index))
        case ast.List(ctx=ast.Load()) | ast.Tuple(ctx=ast.Load()) | ast.Set():
            for index in range(len(node.elts) if len(node.elts) > 1 else 0):
                yield _without(node, "elts", index)


def _other_constants(value: object) -> Iterator[ast.expr]:
    match value:
        case bool():
            yield ast.Constant(value=not value)
        case None:
            yield _TRUE
        case int() | float():
            yield ast.Constant(value=value + 1)
        case str():
            yield ast.Constant(value=_OTHER)
        case bytes():
            yield ast.Constant(value=_OTHER.encode())


def _other_calls(node: ast.Call) -> Iterator[ast.expr]:
    for index in range(len(node.keywords)):
        yield _without(node, "keywords", index)
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Constant() | ast.Name(id="self"))):
            return
        case ast.Call(
            func=ast.Attribute(
                value=value,
                attr="lower" | "upper" | "strip" | "rstrip" | "removeprefix" | "replace" | "items",
            )
        ):
            yield value
        case ast.Call(func=ast.Name(id=name), args=[argument, *_]) if name.islower():
            if not isinstance(argument, ast.Starred | ast.GeneratorExp):
                yield argument


def _other_statements(  # noqa: C901 - one for each kind
    node: ast.stmt,
) -> Iterator[tuple[str, ast.stmt]]:
    match node:
        case ast.Return(value=ast.expr() as value) if not _is_nothing(value):
            yield f"return {_short(value)} -> return None", ast.Return(value=_NONE)
        case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
            if not _is_nothing(value):
                yield f"= {_short(value)} -> = None", _with(node, value=_NONE)
        case ast.Expr() | ast.AugAssign() | ast.Raise() | ast.Delete():
            yield f"{_short(node)} dropped", ast.Pass()
        case ast.Break():
            yield "break -> continue", ast.Continue()
        case ast.Continue():
            yield "continue -> break", ast.Break()
        case ast.If():
            yield f"if {_short(node.test)} -> if True", _with(node, test=_TRUE)
            yield f"if {_short(node.test)} -> if False", _with(node, test=_FALSE)
        case ast.While():
            yield f"while {_short(node.test)} -> while False", _with(node, test=_FALSE)
        case ast.For():
            yield f"for {_short(node.iter)} -> for ()", _with(node, iter=ast.Tuple([], ast.Load()))
        case ast.With() | ast.AsyncWith() if not any(each.optional_vars for each in node.items):
            items = ", ".join(_short(each) for each in node.items)
            yield f"with {items} dropped", ast.If(test=_TRUE, body=node.body, orelse=[])


def _is_nothing(node: ast.expr) -> bool:
    """Return whether replacing it with None changes nothing.

    False and None are the same to a condition, but not to a type checker.
    """
    return isinstance(node, ast.Constant) and (node.value is None or node.value is False)


def _with(node: NodeT, **fields: object) -> NodeT:
    other = copy.copy(node)
    vars(other).update(fields)
    return other


def _without(node: NodeT, field: str, index: int) -> NodeT:
    left = _cut(getattr(node, field), index)
    return _with(node, **{field: left})


def _cut(values: list[Any], index: int) -> list[Any]:
    return values[:index] + values[index + 1 :]


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."
