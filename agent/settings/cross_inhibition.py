"""Cross check of `inhibit_by`: no rule may in the end suppress itself. Whether the names are there: cross_packs.py."""

from __future__ import annotations

from collections import deque

from agent.settings.draft import RULES, Draft
from agent.settings.inhibition import names_meant


def check_inhibition(draft: Draft) -> None:
    """Refuse each word of `inhibit_by` that goes round in a circle."""
    below = {
        name: {other for word in rule.inhibit_by for other in names_meant(word, draft.rules)}
        for name, rule in draft.rules.items()
        if rule.inhibit_by
    }
    for name in below:
        for index, word in enumerate(draft.rules[name].inhibit_by):
            ways = (_way(other, name, below) for other in names_meant(word, draft.rules))
            way = next((found for found in ways if found), [])
            if way:
                message = f"these suppress each other in a circle: {' -> '.join(way)}"
                expected = "a rule that this one does not suppress in the end"
                draft.say(RULES, ("rules", name, "inhibit_by", index), message, expected)


def _way(start: str, goal: str, below: dict[str, set[str]]) -> list[str]:
    """Give the shortest way from the goal over this rule back to itself, [] if there is none."""
    came, todo = {start: goal}, deque([start])
    while todo and goal not in came:
        name = todo.popleft()
        for other in sorted(below.get(name, ())):
            if other not in came:
                came[other] = name
                todo.append(other)
    if start != goal and goal not in came:
        return []
    way = [goal]
    while (before := came[way[0]]) != goal:
        way.insert(0, before)
    return [goal, *way]
