"""`caretaker test`: runs the examples of all rules and rule packs on the engine, in told time.

It opens no port, no socket and no journal. Exit status: 0 all passed, 1 some failed or the settings are wrong, 2 no
such folder.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from agent.rules import Rule
    from agent.settings.examples import Case, Result

Rules = dict[tuple[str, str], "Rule"]
"""Rules by file and name."""


@click.command()
@click.argument("words", nargs=-1, metavar="[RULE]...")
@click.option("-c", "--config", "folder", type=click.Path(path_type=Path), default=Path("config"), show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of words.")
@click.pass_context
def command(context: click.Context, words: tuple[str, ...], folder: Path, *, as_json: bool) -> None:
    """Run the examples of all rules and packs, or of those rules whose name begins with RULE."""
    from agent.settings.complaints import SettingsError
    from agent.settings.draft import RULES
    from agent.settings.load import load

    if not folder.is_dir():
        click.echo(
            f"There is no folder {folder}. Give the one with site.yaml in it: caretaker test -c FOLDER", err=True
        )
        context.exit(2)
    from agent.settings.examples import cases, rules_of_packs, run
    from agent.settings.plan import plan_of

    try:
        settings, packed = load(folder), rules_of_packs(folder)
    except SettingsError as error:
        click.echo(f"{error}\n\nThe settings are wrong: no example was run.", err=True)
        context.exit(1)
    plan = plan_of(settings)
    shipped = {name: rule for name, (_, rule) in packed.items()}
    rules: Rules = {("rules.yaml", name): rule for name, rule in settings.rules.items() if name not in packed}
    rules |= {(file, name): rule for name, (file, rule) in packed.items()}
    rules = {key: rule for key, rule in rules.items() if not words or key[1].startswith(words)}
    chosen = [case for case in cases(settings, folder) if not words or case.name.startswith(words)]
    if not rules:
        context.fail(f"no rule begins with {', '.join(words)}")
    results = _run(
        chosen, lambda case: run(case, plan, settings.rules if case.file == RULES else shipped), quiet=as_json
    )
    click.echo(_as_json(rules, results)) if as_json else _show(rules, results)
    context.exit(0 if all(result.passed for result in results) else 1)


def _run(chosen: Sequence[Case], one: Callable[[Case], Result], *, quiet: bool) -> list[Result]:
    """Run the examples, with a bar while a person looks on."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=quiet or not console.is_terminal) as progress:
        return [one(case) for case in progress.track(chosen, description="examples")]


def _as_json(rules: Rules, results: Sequence[Result]) -> str:
    rows = [
        {
            "file": result.case.file, "rule": result.case.name, "example": result.case.example.name,
            "passed": result.passed, "expected": [turn._asdict() for turn in result.expected],
            "found": [turn._asdict() for turn in result.found],
        }
        for result in results
    ]  # fmt: skip
    without = sorted(name for file, name in _untold(rules, results))
    done = all(result.passed for result in results)
    return json.dumps({"ok": done, "examples": rows, "rules_without": without}, ensure_ascii=False, indent=2)


def _untold(rules: Rules, results: Iterable[Result]) -> list[tuple[str, str]]:
    told = {result.case.name for result in results}
    return [key for key in rules if key[1] not in told]


def _show(rules: Rules, results: Sequence[Result]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = 120
    table = Table("file", "rule", "kind", "P", "examples", "passed", title="Examples", title_justify="left")
    for (file, name), rule in rules.items():
        own = [result for result in results if result.case.name == name]
        passed = sum(result.passed for result in own)
        verdict = "all" if own and passed == len(own) else f"{passed} of {len(own)}" if own else "none written"
        table.add_row(file, name, rule.kind, str(rule.priority), str(len(own)), verdict)
    console.print(table)
    failed = [result for result in results if not result.passed]
    for result in failed:
        console.print(f"{result.case.file}: {result.case.name}: {result.case.example.name or 'example'}")
        console.print("  - expected and did not come, + came and was not expected")
        for line in result.diff():
            console.print(f"    {line}")
    console.print(f"{len(results) - len(failed)} of {len(results)} examples passed, {len(rules)} rules.")
