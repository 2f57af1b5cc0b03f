"""Formulas: a few operators over named values, compiled once to a function, with a check of units (limits.md §2c).

Text becomes a syntax tree, every node of which must be on the list here; no text is evaluated, no attribute, index or
foreign name is reached, and size is bounded. `+ - * /`, comparisons, `and or not`, and min max abs mean spread.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import CodeType, FunctionType
from typing import Any, Final

import msgspec

MOST_CHARACTERS: Final = 200
MOST_NODES: Final = 80
MOST_NUMBER: Final = 1e12


class FormulaError(ValueError):
    """The text is no formula; the message says why, and what would do."""


def _mean(*values: float) -> float:
    return sum(values) / len(values)


def _spread(*values: float) -> float:
    return max(values) - min(values)


FUNCTIONS: Final[dict[str, Callable[..., float]]] = {
    "min": min, "max": max, "abs": abs, "mean": _mean, "spread": _spread,
}  # fmt: skip
_OPERATORS: Final = (ast.Add, ast.Sub, ast.Mult, ast.Div)
_ALLOWED: Final = (
    ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.BinOp, *_OPERATORS, ast.Compare,
    ast.Gt, ast.GtE, ast.Lt, ast.LtE, ast.Eq, ast.NotEq, ast.Call, ast.Name, ast.Load, ast.Constant,
)  # fmt: skip


def parsed(text: str, names: Sequence[str]) -> ast.expr:
    """Give the tree of a formula over these names; raise FormulaError for anything else."""
    if len(text) > MOST_CHARACTERS:
        raise FormulaError(f"the formula has {len(text)} characters; expected at most {MOST_CHARACTERS}")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise FormulaError("this is no formula; expected such as 'a - b > 4 and running'") from error
    nodes = list(ast.walk(tree))
    if len(nodes) > MOST_NODES:
        raise FormulaError(f"the formula has {len(nodes)} parts; expected at most {MOST_NODES}")
    for node in nodes:
        _allowed(node, names)
    return tree.body


def _allowed(node: ast.AST, names: Sequence[str]) -> None:
    match node:
        case ast.Call(func=ast.Name(id=name), args=[_, *_], keywords=[]) if name in FUNCTIONS:
            return
        case ast.Call():
            raise FormulaError(f"this call is not allowed; expected one of {', '.join(FUNCTIONS)} with values")
        case ast.Name(id=name) if name not in names and name not in FUNCTIONS:
            raise FormulaError(f"'{name}' is not known here; expected one of {', '.join(names)}")
        case ast.Constant(value=value) if not isinstance(value, int | float) or abs(value) > MOST_NUMBER:
            raise FormulaError(f"{value!r} is not allowed; expected a number up to {MOST_NUMBER:g}, True or False")
    if not isinstance(node, _ALLOWED):
        expected = "+ - * /, comparisons, and, or, not, numbers and names"
        raise FormulaError(f"{type(node).__name__} is not allowed in a formula; expected {expected}")


class _Places(ast.NodeTransformer):
    """A name becomes a place in the list of values."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = list(names)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id not in self._names:
            return node
        place = ast.Constant(self._names.index(node.id))
        return ast.Subscript(ast.Name("v", ast.Load()), place, ast.Load())


@lru_cache(maxsize=1024)
def compiled(text: str, names: tuple[str, ...]) -> Callable[[Sequence[Any]], Any]:
    """Give a function of the values in the order of the names. It may raise ArithmeticError (a division by zero)."""
    if set(names) & FUNCTIONS.keys():
        raise FormulaError(f"a value is called like a function; expected none of {', '.join(FUNCTIONS)}")
    body = _Places(names).visit(parsed(text, names))
    arguments = ast.arguments(posonlyargs=[], args=[ast.arg("v")], kwonlyargs=[], kw_defaults=[], defaults=[])
    whole = ast.fix_missing_locations(ast.Expression(ast.Lambda(arguments, body)))
    code = next(one for one in compile(whole, "<formula>", "eval").co_consts if isinstance(one, CodeType))
    return FunctionType(code, {"__builtins__": {}, **FUNCTIONS})


class Unit(msgspec.Struct, frozen=True):
    """A product of units with a factor. `free`: a bare number, that takes on the unit of what it is added to.

    `truth`: true or false, which has no unit.
    """

    powers: tuple[tuple[str, int], ...] = ()
    factor: float = 1.0
    free: bool = False
    truth: bool = False


TRUTH: Final = Unit(truth=True)
FREE: Final = Unit(free=True)
_KNOWN: Final[dict[str, tuple[float, dict[str, int]]]] = {
    "": (1, {}),
    "W": (1, {"V": 1, "A": 1}), "VA": (1, {"V": 1, "A": 1}), "var": (1, {"V": 1, "A": 1}),
    "Wh": (1, {"V": 1, "A": 1, "h": 1}), "varh": (1, {"V": 1, "A": 1, "h": 1}),
    "ohm": (1, {"V": 1, "A": -1}), "uA": (1e-6, {"A": 1}), "s": (1 / 3600, {"h": 1}), "ms": (1 / 3.6e6, {"h": 1}),
    "mm": (1e-3, {"m": 1}), "um": (1e-6, {"m": 1}), "mm/s": (3.6, {"m": 1, "h": -1}),
    "cm/s": (36, {"m": 1, "h": -1}), "m/s": (3600, {"m": 1, "h": -1}), "km/h": (1000, {"m": 1, "h": -1}),
    "kPa": (10, {"hPa": 1}),
}  # fmt: skip
"""Unit -> factor and powers of V, A, h, m, hPa; every other unit is a thing of its own."""


def unit(name: str) -> Unit:
    """Give a unit by its name."""
    factor, powers = _KNOWN.get(name, (1, {name: 1}))
    return Unit(tuple(sorted(powers.items())), factor)


def unit_of(text: str, names: Mapping[str, Unit]) -> Unit:
    """Give what a formula comes to; raise FormulaError where it adds or compares what cannot be."""
    return _unit(parsed(text, list(names)), names)


def _unit(node: ast.expr, names: Mapping[str, Unit]) -> Unit:
    found = FREE
    match node:
        case ast.Constant(value=bool()):
            found = TRUTH
        case ast.Name(id=name) if name in names:
            found = names[name]
        case ast.Name(id=name):
            raise FormulaError(f"'{name}' is a function; expected {name}(…)")
        case ast.BoolOp(values=values):
            found = _truths([_unit(value, names) for value in values])
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            found = _truths([_unit(inner, names)])
        case ast.UnaryOp(operand=inner):
            found = _alike([_unit(inner, names)])
        case ast.Compare(left=left, comparators=others):
            _alike([_unit(one, names) for one in (left, *others)], truths=True)
            found = TRUTH
        case ast.Call(args=values):
            found = _alike([_unit(value, names) for value in values])
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=right):
            found = _alike([_unit(left, names), _unit(right, names)])
        case ast.BinOp(left=left, op=op, right=right):
            found = _product(_unit(left, names), _unit(right, names), -1 if isinstance(op, ast.Div) else 1)
    return found


def _truths(units: Sequence[Unit]) -> Unit:
    if not all(one.truth for one in units):
        raise FormulaError("'and', 'or', 'not' join truths; expected states or comparisons on both sides")
    return TRUTH


def _alike(units: Sequence[Unit], *, truths: bool = False) -> Unit:
    """Give the one unit of what is added or compared."""
    if any(one.truth for one in units):
        if truths and all(one.truth for one in units):
            return TRUTH
        raise FormulaError("true and false are no numbers; expected numbers alone")
    bound = [one for one in units if not one.free]
    if any(one != bound[0] for one in bound):
        told = " and ".join(dict.fromkeys(_shown(one) for one in bound))
        raise FormulaError(f"this adds or compares {told}; expected one unit on both sides")
    return bound[0] if bound else FREE


def _product(one: Unit, other: Unit, sign: int) -> Unit:
    if one.truth or other.truth:
        raise FormulaError("true and false are no numbers; expected numbers alone")
    if one.free and other.free:
        return FREE
    powers = dict(one.powers)
    for name, power in other.powers:
        powers[name] = powers.get(name, 0) + sign * power
    left = tuple(sorted((name, power) for name, power in powers.items() if power))
    return Unit(left, one.factor * other.factor**sign)


def _shown(one: Unit) -> str:
    powers = "·".join(name if power == 1 else f"{name}^{power}" for name, power in one.powers) or "no unit"
    return powers if one.factor == 1 else f"{one.factor:g} {powers}"
